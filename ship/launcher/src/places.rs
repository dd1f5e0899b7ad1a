//! Where the files may be unpacked, in the order of preference. A place is a folder that must be there already, and the
//! names below it that may be made: a HOME that does not exist is not brought into being.

use std::ffi::OsString;
use std::path::PathBuf;

/// Names the one folder to use.
pub const OVERRIDE: &str = "RAV1E_BY_GOP_CACHE";

#[derive(Debug, PartialEq)]
pub struct Place {
  pub base: PathBuf,
  pub below: Vec<OsString>,
}

impl Place {
  pub fn path(&self) -> PathBuf {
    self.below.iter().fold(self.base.clone(), |path, name| path.join(name))
  }
}

/// `environment` gives a variable; `passwd` is the text of /etc/passwd.
pub fn places(environment: impl Fn(&str) -> Option<OsString>, passwd: &str, user: u32) -> Vec<Place> {
  // Relative ones would mean another folder at every start.
  let folder = |name: &str| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
  if let Some(path) = folder(OVERRIDE) {
    return vec![with_last_name_below(path, &[])];
  }
  let caches = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
  let in_home = |home: PathBuf| place(home, &[caches, "rav1e-by-gop"]);
  let mut places = Vec::new();
  if let Some(path) = folder("XDG_CACHE_HOME") {
    places.push(with_last_name_below(path, &["rav1e-by-gop"]));
  }
  places.extend(folder("HOME").map(in_home));
  // systemd's, for a service without a home.
  places.extend(
    environment("CACHE_DIRECTORY")
      .and_then(|list| list.to_str()?.split(':').next().map(PathBuf::from))
      .filter(|path| path.is_absolute())
      .map(|path| place(path, &["rav1e-by-gop"])),
  );
  // HOME may be unset, or someone else's (sudo).
  places.extend(home_in(passwd, user).map(in_home));
  let own = format!("rav1e-by-gop-{user}");
  let temporary = [folder("TMPDIR"), Some("/var/tmp".into()), Some("/tmp".into())];
  places.extend(temporary.into_iter().flatten().map(|path| place(path, &[&own])));
  let mut unique: Vec<Place> = Vec::new();
  for place in places {
    if !unique.contains(&place) {
      unique.push(place);
    }
  }
  unique
}

fn place(base: PathBuf, below: &[&str]) -> Place {
  let below = below.iter().flat_map(|names| names.split('/')).map(OsString::from).collect();
  Place { base, below }
}

fn with_last_name_below(path: PathBuf, more: &[&str]) -> Place {
  let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
    return place(path, more);
  };
  let mut found = place(parent.to_path_buf(), more);
  found.below.insert(0, name.to_os_string());
  found
}

/// passwd(5), read by hand: asking the C library may mean asking the network.
fn home_in(passwd: &str, user: u32) -> Option<PathBuf> {
  passwd.lines().find_map(|line| {
    let fields: Vec<&str> = line.split(':').collect();
    (fields.get(2)?.parse() == Ok(user)).then(|| fields.get(5).map(PathBuf::from))?
  })
}

#[cfg(test)]
mod tests {
  use super::*;

  const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n";

  fn folders(variables: &[(&str, &str)], user: u32) -> Vec<String> {
    let environment = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
    let whole = Place::path;
    let found = places(environment, PASSWD, user);
    found.into_iter().map(|place| whole(&place).to_str().unwrap().to_string()).collect()
  }

  #[test]
  #[cfg(target_os = "linux")]
  fn without_any_variable_the_password_file_tells_the_home() {
    let temporary = ["/var/tmp/rav1e-by-gop-1000", "/tmp/rav1e-by-gop-1000"];
    let home = ["/home/ann/.cache/rav1e-by-gop"];
    assert_eq!(folders(&[], 1000), [&home[..], &temporary[..]].concat());
    assert_eq!(folders(&[("HOME", "")], 1000), [&home[..], &temporary[..]].concat());
    assert_eq!(folders(&[("HOME", "ann")], 1000), [&home[..], &temporary[..]].concat());
  }

  #[test]
  #[cfg(target_os = "linux")]
  fn the_variables_come_in_their_order_and_no_place_twice() {
    let variables = [
      ("HOME", "/home/ann"),
      ("XDG_CACHE_HOME", "/fast/cache"),
      ("CACHE_DIRECTORY", "/var/cache/rav1e:/var/cache/other"),
      ("TMPDIR", "/tmp"),
    ];
    let expected = [
      "/fast/cache/rav1e-by-gop",
      "/home/ann/.cache/rav1e-by-gop",
      "/var/cache/rav1e/rav1e-by-gop",
      "/tmp/rav1e-by-gop-1000",
      "/var/tmp/rav1e-by-gop-1000",
    ];
    assert_eq!(folders(&variables, 1000), expected);
  }

  #[test]
  fn a_folder_that_was_named_is_the_only_one() {
    assert_eq!(folders(&[("HOME", "/h"), (OVERRIDE, "/srv/unpacked")], 1), ["/srv/unpacked"]);
  }

  #[test]
  fn a_home_is_never_made() {
    let found = places(|name| (name == "HOME").then(|| "/nonexistent".into()), "", 7);
    assert_eq!(found[0].base, PathBuf::from("/nonexistent"));
  }
}
