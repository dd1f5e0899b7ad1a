//! What a process that dies of a signal leaves behind. The processes that die are this one, started again.

use rav1e_by_gop::abi::*;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const DEED: &str = "RBG_TEST_DEED";
const MARK: &str = "RBG_TEST_MARK";

struct Folder(PathBuf);

impl Folder {
  fn new(name: &str) -> Self {
    let path = std::env::temp_dir().join(format!("rbg-crash-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    Folder(path)
  }
}

impl Drop for Folder {
  fn drop(&mut self) {
    let _ = std::fs::remove_dir_all(&self.0);
  }
}

/// Starts this test program for one deed. Gives the signal it died of, or its exit code, and the mark if there is one.
fn run(deed: &str, mark: Option<&Path>) -> (Result<i32, i32>, Option<String>) {
  let mut command = Command::new(std::env::current_exe().unwrap());
  command.args(["--exact", "the_deed", "--nocapture", "--test-threads=1"]).env(DEED, deed);
  command.env_remove(MARK).stdout(Stdio::null()).stderr(Stdio::null());
  if let Some(mark) = mark {
    command.env(MARK, mark);
  }
  let status = command.status().unwrap();
  let end = status.signal().map(Ok).unwrap_or_else(|| Err(status.code().unwrap()));
  (end, mark.and_then(|mark| std::fs::read_to_string(mark).ok()))
}

/// The child's side.
#[test]
fn the_deed() {
  let Ok(deed) = std::env::var(DEED) else { return };
  no_core_files();
  if let Ok(mark) = std::env::var(MARK) {
    // Another encode's, which is over.
    assert_eq!(unsafe { rbg_crash_arm(b"/nowhere/at/all".as_ptr(), 15) }, 0);
    assert_eq!(rbg_crash_disarm(0), 0);
    assert_eq!(unsafe { rbg_crash_arm(mark.as_ptr(), mark.len()) }, 0);
    assert_eq!(unsafe { rbg_crash_arm(b"/nowhere/at/all".as_ptr(), 15) }, 1);
  }
  let other = std::thread::spawn(|| {
    assert_eq!(rbg_crash_segment(0, 12), 0);
    std::thread::park();
  });
  assert_eq!(rbg_crash_segment(0, 7), 0);
  match deed.as_str() {
    "abort" => rbg_abort(),
    "abort on another thread" => std::thread::spawn(|| std::process::abort()).join().unwrap(),
    "abort after the segment" => {
      assert_eq!(rbg_crash_segment(0, -1), 0);
      std::process::abort()
    }
    // SAFETY: none; that is the point.
    "segmentation fault" => unsafe { std::ptr::null_mut::<u8>().wrapping_add(16).write_volatile(1) },
    "bus error" => bus_error(),
    "overflow" => println!("{}", overflow(1)),
    "sent abort" => send(libc::SIGABRT),
    "sent illegal instruction" => send(libc::SIGILL),
    "sent floating point" => send(libc::SIGFPE),
    "sent trap" => send(libc::SIGTRAP),
    // Rust's own handler lets the first of these pass.
    "sent once" => send(libc::SIGSEGV),
    "sent twice" => [(); 2].iter().for_each(|()| send(libc::SIGSEGV)),
    "repaired" => repaired(),
    #[cfg(target_arch = "x86_64")]
    // SAFETY: none.
    "illegal instruction" => unsafe { std::arch::asm!("ud2") },
    #[cfg(target_arch = "x86_64")]
    // SAFETY: none.
    "breakpoint" => unsafe { std::arch::asm!("int3") },
    "nothing" => {}
    _ => panic!("no such deed"),
  }
  drop(other);
}

fn no_core_files() {
  let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
  // SAFETY: sets a limit of this process.
  unsafe { libc::setrlimit(libc::RLIMIT_CORE, &none) };
}

fn send(signal: i32) {
  // SAFETY: dying is the point.
  unsafe { libc::raise(signal) };
}

fn overflow(depth: u64) -> u64 {
  let frame = std::hint::black_box([depth; 64]);
  if depth == u64::MAX {
    return depth;
  }
  overflow(depth + 1) + frame[(depth % 64) as usize]
}

/// Touches a page behind the end of a file.
fn bus_error() {
  use std::os::fd::AsRawFd;
  let file = std::fs::File::open(std::env::current_exe().unwrap()).unwrap();
  let length = (file.metadata().unwrap().len() as usize).div_ceil(1 << 16) << 16;
  // SAFETY: a mapping of our own; the byte that is read is not there, and the signal is the point.
  unsafe {
    let fd = file.as_raw_fd();
    let at = libc::mmap(std::ptr::null_mut(), length + (1 << 20), libc::PROT_READ, libc::MAP_PRIVATE, fd, 0);
    assert_ne!(at, libc::MAP_FAILED);
    at.cast::<u8>().add(length + (1 << 19)).read_volatile();
  }
}

static mut PAGE: *mut libc::c_void = std::ptr::null_mut();

/// A handler from before us that makes the page writable, as a virtual machine's might.
extern "C" fn repair(_signal: i32, _info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
  // SAFETY: the page is ours.
  unsafe { libc::mprotect(PAGE, 4096, libc::PROT_READ | libc::PROT_WRITE) };
}

/// Not armed at first: the handler must be there before.
fn repaired() {
  // SAFETY: a page of our own.
  unsafe {
    PAGE = libc::mmap(std::ptr::null_mut(), 4096, libc::PROT_READ, libc::MAP_PRIVATE | libc::MAP_ANON, -1, 0);
    let handler: extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) = repair;
    let mut action: libc::sigaction = std::mem::zeroed();
    action.sa_sigaction = handler as usize;
    action.sa_flags = libc::SA_SIGINFO;
    libc::sigaction(libc::SIGSEGV, &action, std::ptr::null_mut());
  }
  let mark = std::env::var("RBG_TEST_LATE_MARK").unwrap();
  assert_eq!(unsafe { rbg_crash_arm(mark.as_ptr(), mark.len()) }, 0);
  for round in 0..3 {
    // SAFETY: faults, is repaired, and is our page.
    unsafe {
      libc::mprotect(PAGE, 4096, libc::PROT_READ);
      PAGE.cast::<u8>().write_volatile(round);
      assert_eq!(PAGE.cast::<u8>().read_volatile(), round);
    }
    assert!(!Path::new(&mark).exists());
  }
  std::process::abort();
}

fn dies_alike(deed: &str, signal: i32, line: Option<&str>) {
  let folder = Folder::new(&deed.replace(' ', "-"));
  let mark = folder.0.join("mark");
  assert_eq!(run(deed, None), (Ok(signal), None), "{deed} without the handlers");
  assert_eq!(run(deed, Some(&mark)), (Ok(signal), line.map(str::to_owned)), "{deed} with them");
}

#[test]
fn a_process_that_aborts_leaves_the_segment_of_its_thread() {
  dies_alike("abort", libc::SIGABRT, Some("segment 7 signal 6\n"));
  dies_alike("abort on another thread", libc::SIGABRT, Some("segment - signal 6\n"));
  dies_alike("abort after the segment", libc::SIGABRT, Some("segment - signal 6\n"));
}

#[test]
fn a_fault_kills_as_it_would_have_and_leaves_its_signal() {
  dies_alike("segmentation fault", libc::SIGSEGV, Some("segment 7 signal 11\n"));
  dies_alike("bus error", libc::SIGBUS, Some(&format!("segment 7 signal {}\n", libc::SIGBUS)));
  #[cfg(target_arch = "x86_64")]
  dies_alike("illegal instruction", libc::SIGILL, Some("segment 7 signal 4\n"));
  #[cfg(target_arch = "x86_64")]
  dies_alike("breakpoint", libc::SIGTRAP, Some("segment 7 signal 5\n"));
}

#[test]
fn a_stack_that_overflows_is_reported_by_rust_and_marked_by_us() {
  dies_alike("overflow", libc::SIGABRT, Some("segment 7 signal 11\n"));
}

#[test]
fn what_somebody_sends_kills_as_it_would_have() {
  dies_alike("sent abort", libc::SIGABRT, Some("segment 7 signal 6\n"));
  dies_alike("sent illegal instruction", libc::SIGILL, Some("segment 7 signal 4\n"));
  dies_alike("sent floating point", libc::SIGFPE, Some("segment 7 signal 8\n"));
  dies_alike("sent trap", libc::SIGTRAP, Some("segment 7 signal 5\n"));
  dies_alike("sent twice", libc::SIGSEGV, None);
}

#[test]
fn a_process_that_lives_leaves_nothing() {
  let folder = Folder::new("lives");
  let mark = folder.0.join("mark");
  for deed in ["nothing", "sent once"] {
    assert_eq!(run(deed, Some(&mark)), (Err(0), None), "{deed}");
  }
}

#[test]
fn a_fault_that_an_earlier_handler_repairs_leaves_nothing_and_the_next_crash_is_marked() {
  let folder = Folder::new("repaired");
  let mark = folder.0.join("mark");
  std::env::set_var("RBG_TEST_LATE_MARK", &mark);
  assert_eq!(run("repaired", None), (Ok(libc::SIGABRT), None));
  assert_eq!(std::fs::read_to_string(&mark).unwrap(), "segment 7 signal 6\n");
}

#[test]
fn wrong_paths_and_segments_are_refused() {
  let refused = Code::InvalidArgument as i64;
  assert_eq!(unsafe { rbg_crash_arm(std::ptr::null(), 5) }, refused);
  assert_eq!(unsafe { rbg_crash_arm(b"".as_ptr(), 0) }, refused);
  assert_eq!(unsafe { rbg_crash_arm(b"/tmp/a\0b".as_ptr(), 8) }, refused);
  for wrong in [-2, 1 << 32, i64::MIN] {
    assert_eq!(rbg_crash_segment(0, wrong), refused);
  }
}
