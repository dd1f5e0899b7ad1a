// The C ABI of librav1e (ffi/librav1e/src/abi.rs), symbol by symbol under its native names. A size goes as "usize", an id
// and every result as "i64"; a buffer is lent for the time of the call and never kept. Calls run on the calling thread, but for
// "nonblocking" ones.

/** What this program speaks; the library must say the same. */
export const abiVersion = 8;

export const symbols = {
  rbg_abi_version: { parameters: [], result: "u32" },
  rbg_info: { parameters: ["buffer", "usize"], result: "i64" },
  rbg_probe_digest: { parameters: ["buffer", "usize"], result: "i64", nonblocking: true },
  rbg_last_error: { parameters: ["buffer", "usize"], result: "i64" },
  rbg_settings_resolve: { parameters: ["buffer", "usize", "buffer", "usize"], result: "i64" },
  rbg_encoder_new: { parameters: ["buffer", "usize", "u64"], result: "i64" },
  rbg_encoder_send: { parameters: ["i64", "buffer", "usize"], result: "i64" },
  rbg_encoder_flush: { parameters: ["i64"], result: "i64" },
  rbg_encoder_receive: { parameters: ["i64", "buffer"], result: "i64" },
  rbg_encoder_packet: { parameters: ["i64", "buffer", "usize"], result: "i64" },
  rbg_encoder_free: { parameters: ["i64"], result: "i64" },
  rbg_detector_new: { parameters: ["buffer", "usize", "buffer", "usize"], result: "i64" },
  rbg_detector_push: { parameters: ["i64", "buffer", "usize", "buffer", "usize"], result: "i64" },
  rbg_detector_finish: { parameters: ["i64", "buffer", "usize"], result: "i64" },
  rbg_detector_free: { parameters: ["i64"], result: "i64" },
  rbg_packer_new: { parameters: [], result: "i64" },
  rbg_packer_pack: {
    parameters: ["i64", "buffer", "usize", "usize", "buffer", "usize", "buffer", "usize"],
    result: "i64",
  },
  rbg_packer_free: { parameters: ["i64"], result: "i64" },
  rbg_unpacker_new: { parameters: [], result: "i64" },
  rbg_unpacker_open: { parameters: ["i64", "buffer", "usize", "usize"], result: "i64" },
  rbg_unpacker_next: { parameters: ["i64", "buffer", "usize", "buffer", "usize"], result: "i64" },
  rbg_unpacker_free: { parameters: ["i64"], result: "i64" },
  rbg_digest_new: { parameters: [], result: "i64" },
  rbg_digest_update: { parameters: ["i64", "buffer", "usize"], result: "i64" },
  rbg_digest_finish: { parameters: ["i64", "buffer", "usize"], result: "i64" },
  rbg_digest_free: { parameters: ["i64"], result: "i64" },
  rbg_child_pipe_new: { parameters: ["usize"], result: "i64" },
  rbg_child_pipe_end: { parameters: ["i64", "u32"], result: "i64" },
  rbg_child_pipe_keep: { parameters: ["i64"], result: "i64" },
  rbg_child_pipe_lend_reading: { parameters: ["i64"], result: "i64" },
  rbg_child_pipe_close: { parameters: ["i64", "u32"], result: "i64" },
  rbg_child_pipe_free: { parameters: ["i64"], result: "i64" },
  rbg_pages_give_back: { parameters: ["buffer", "usize"], result: "i64" },
  rbg_crash_arm: { parameters: ["buffer", "usize"], result: "i64" },
  rbg_crash_disarm: { parameters: ["i64"], result: "i64" },
  rbg_crash_segment: { parameters: ["i64", "i64"], result: "i64" },
  rbg_abort: { parameters: [], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Why a call failed: `Code` of ffi/librav1e/src/guard.rs. */
export const Code = {
  invalidArgument: -1,
  invalidSettings: -2,
  invalidHandle: -3,
  wrongState: -4,
  busy: -5,
  encoderFailure: -6,
  panicked: -7,
  corruptPack: -8,
} as const;
