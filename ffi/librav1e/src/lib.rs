//! librav1e for rav1e-by-gop: rav1e's encoder and av-scenechange's detector behind a C ABI.
//!
//! Every entry point returns a code: 0 or more is a result, below 0 an [`abi::Code`] whose message `rbg_last_error` gives
//! on the same thread (`rbg_probe_digest`, made for any thread, gives its own). Nothing unwinds or aborts through the
//! boundary, nothing is printed, and what a caller holds are generation-checked ids, so that a wrong, stale or twice freed
//! one is an error code as well.
//!
//! The bytes that come out are those of the `rav1e` 0.8.1 command: [`settings`] builds the same `EncoderConfig` as its
//! command line does, [`detector`] places keyframes where its look-ahead does, [`grain`] gives every frame the film grain
//! it would have had in one long encode, and [`encoder`] encodes one segment (a keyframe and the frames up to the next).

pub mod abi;
mod allocator;
mod child_pipe;
mod crash;
mod detector;
mod digest;
mod encoder;
mod grain;
mod guard;
mod handles;
mod packs;
mod pages;
mod planes;
mod prediction;
mod probe;
mod settings;
