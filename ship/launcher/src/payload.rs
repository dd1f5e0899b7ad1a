//! What this executable carries behind its own code, read and judged before any of it is used.
//!
//! The file is: the launcher's own ELF or Mach-O image; one zstd frame a file, in the manifest's order; the manifest (text);
//! 24 bytes of trailer: length of the frames, length of the manifest (both little endian), `MAGIC`. A file that was cut
//! off in a download has no trailer, one that was altered has a manifest that does not fit. The manifest's hash names the
//! folder that the files are unpacked to, and holds a hash of each of them: equal names are equal contents.

use crate::trouble::Trouble;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::os::unix::fs::FileExt;

const MAGIC: &[u8; 8] = b"RBGSHIP1";
const TRAILER: u64 = 24;
/// The manifest has some hundred bytes a file.
const MOST_MANIFEST: u64 = 1 << 20;

/// A file to unpack.
#[derive(Debug, PartialEq)]
pub struct Entry {
  /// In the folder itself: no slash, not hidden.
  pub name: String,
  /// 0500 for programs, 0400 for the rest.
  pub mode: u32,
  pub size: u64,
  /// Of the contents, in hexadecimal.
  pub sha256: String,
  /// Where its frame is in the executable.
  pub offset: u64,
  pub packed: u64,
}

/// What the manifest says.
#[derive(Debug, PartialEq)]
pub struct Manifest {
  /// Name of the folder: stands for everything below.
  pub id: String,
  /// Seconds since 1970; also the modification time of every unpacked file.
  pub built: i64,
  /// Words between the program's name and the user's; `{folder}` is where the files are.
  pub arguments: Vec<String>,
  pub entries: Vec<Entry>,
}

pub struct Payload {
  pub file: File,
  pub manifest: Manifest,
}

impl Payload {
  /// Reads the trailer and the manifest of an executable.
  pub fn of(file: File) -> Result<Payload, Trouble> {
    let length = file.metadata().map_err(|error| damaged(&format!("{error}")))?.len();
    let mut trailer = [0; TRAILER as usize];
    let end = length.checked_sub(TRAILER).ok_or_else(|| damaged("it is cut off"))?;
    read_at(&file, &mut trailer, end)?;
    if &trailer[16..] != MAGIC {
      return Err(damaged("its last bytes are missing"));
    }
    let frames = u64::from_le_bytes(trailer[..8].try_into().unwrap());
    let manifest = u64::from_le_bytes(trailer[8..16].try_into().unwrap());
    if manifest > MOST_MANIFEST {
      return Err(damaged("its manifest has no sensible length"));
    }
    let manifest_at = end.checked_sub(manifest).ok_or_else(|| damaged("it is too short"))?;
    let frames_at = manifest_at.checked_sub(frames).ok_or_else(|| damaged("it is too short"))?;
    let mut text = vec![0; manifest as usize];
    read_at(&file, &mut text, manifest_at)?;
    let manifest = parse(&text, frames_at)
      .filter(|found| found.entries.iter().map(|entry| entry.packed).sum::<u64>() == frames)
      .ok_or_else(|| damaged("its manifest cannot be read"))?;
    Ok(Payload { file, manifest })
  }
}

pub fn damaged(why: &str) -> Trouble {
  Trouble::Fatal(format!("Cannot start: this executable is damaged ({why}); download it again"))
}

fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> Result<(), Trouble> {
  file.read_exact_at(bytes, offset).map_err(|error| damaged(&format!("{error}")))
}

/// `frames_at` is where the first frame begins.
fn parse(bytes: &[u8], frames_at: u64) -> Option<Manifest> {
  let text = std::str::from_utf8(bytes).ok()?;
  let mut id = hex(&Sha256::digest(bytes));
  id.truncate(32);
  let mut manifest = Manifest { id, built: 0, arguments: Vec::new(), entries: Vec::new() };
  let mut offset = frames_at;
  for line in text.lines() {
    let (word, rest) = line.split_once(' ')?;
    match word {
      "built" => manifest.built = rest.parse().ok()?,
      "argument" => manifest.arguments.push(rest.to_string()),
      "file" => {
        let [mode, size, sha256, packed, name] = rest.splitn(5, ' ').collect::<Vec<_>>().try_into().ok()?;
        let entry = Entry {
          name: name.to_string(),
          mode: u32::from_str_radix(mode, 8).ok().filter(|mode| mode & !0o500 == 0)?,
          size: size.parse().ok()?,
          sha256: sha256.to_string(),
          offset,
          packed: packed.parse().ok()?,
        };
        if name.is_empty() || name.starts_with('.') || name.contains('/') {
          return None;
        }
        offset = offset.checked_add(entry.packed)?;
        manifest.entries.push(entry);
      }
      _ => return None,
    }
  }
  // The first one is what is started.
  manifest.entries.first().filter(|entry| entry.mode & 0o100 != 0)?;
  Some(manifest)
}

pub fn hex(bytes: &[u8]) -> String {
  bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
  use super::*;
  use std::io::Write;

  const MANIFEST: &str = "built 1764000000\nargument run\nargument {folder}/main.js\n\
        file 500 3 aa 4 deno\nfile 400 9 bb 2 main.js\n";

  fn executable(image: &[u8], frames: &[u8], manifest: &str) -> Vec<u8> {
    let mut bytes = [image, frames, manifest.as_bytes()].concat();
    bytes.extend((frames.len() as u64).to_le_bytes());
    bytes.extend((manifest.len() as u64).to_le_bytes());
    bytes.extend(MAGIC);
    bytes
  }

  fn open(bytes: &[u8]) -> Result<Payload, Trouble> {
    let mut file = tempfile();
    file.write_all(bytes).unwrap();
    Payload::of(file)
  }

  /// A file without a name.
  fn tempfile() -> File {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("payload-{}-{}", std::process::id(), NUMBER.fetch_add(1, Relaxed));
    let path = std::env::temp_dir().join(name);
    let file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    file
  }

  #[test]
  fn a_whole_file_is_read() {
    let payload = open(&executable(b"image", b"abcdef", MANIFEST)).ok().unwrap();
    let Manifest { built, arguments, entries, .. } = payload.manifest;
    assert_eq!(built, 1_764_000_000);
    assert_eq!(arguments, ["run", "{folder}/main.js"]);
    let places: Vec<_> = entries.iter().map(|entry| (entry.offset, entry.packed)).collect();
    assert_eq!(places, [(5, 4), (9, 2)]);
  }

  #[test]
  fn a_file_cut_off_anywhere_is_refused() {
    let whole = executable(b"image", b"abcdef", MANIFEST);
    for length in 0..whole.len() {
      assert!(open(&whole[..length]).is_err(), "cut at {length}");
    }
  }

  #[test]
  fn a_manifest_that_does_not_fit_is_refused() {
    for manifest in [
      "",
      "file 500 3 aa 4 deno\n",
      "file 500 3 aa 6 ../deno\n",
      "file 500 3 aa 6 .deno\n",
      "file 4755 3 aa 6 deno\n",
      "file 400 3 aa 6 deno\n",
      "file 500 3 aa 18446744073709551615 deno\nfile 500 3 aa 7 main\n",
      "what 1\n",
      "built\n",
    ] {
      assert!(open(&executable(b"image", b"abcdef", manifest)).is_err(), "{manifest}");
    }
  }

  #[test]
  fn another_content_has_another_name() {
    let id = |manifest: &str| parse(manifest.as_bytes(), 0).unwrap().id;
    assert_eq!(id(MANIFEST).len(), 32);
    assert_ne!(id(MANIFEST), id(&MANIFEST.replace("bb", "bc")));
  }
}
