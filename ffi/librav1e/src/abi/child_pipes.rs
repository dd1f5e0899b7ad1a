//! Pipes that child processes write into.

use crate::child_pipe::ChildPipe;
use crate::guard;
use crate::handles::Table;

static CHILD_PIPES: Table<ChildPipe> = Table::new("a pipe");

/// Makes a pipe with room for about `capacity` bytes (a wish). Until that is closed or kept, every child
/// that is started inherits its writing end. Returns its id, above 0.
#[no_mangle]
pub extern "C" fn rbg_child_pipe_new(capacity: usize) -> i64 {
  guard::enter(|| CHILD_PIPES.insert(ChildPipe::new(capacity)?))
}

/// Returns the descriptor of the end that is read from (`end` 0) or written to (any other).
#[no_mangle]
pub extern "C" fn rbg_child_pipe_end(id: i64, end: u32) -> i64 {
  guard::enter(|| CHILD_PIPES.with(id, |pipe| pipe.end(end != 0)).map(i64::from))
}

/// No child that is started from now on has the writing end; it stays open here. Returns 0.
#[no_mangle]
pub extern "C" fn rbg_child_pipe_keep(id: i64) -> i64 {
  guard::enter(|| CHILD_PIPES.with(id, |pipe| pipe.keep()).map(|()| 0))
}

/// Children that are started from now on have the reading end, until that is closed. Returns 0.
#[no_mangle]
pub extern "C" fn rbg_child_pipe_lend_reading(id: i64) -> i64 {
  guard::enter(|| CHILD_PIPES.with(id, |pipe| pipe.lend_reading()).map(|()| 0))
}

/// Closes one end, named as for `rbg_child_pipe_end`; twice is fine. Returns 0.
#[no_mangle]
pub extern "C" fn rbg_child_pipe_close(id: i64, end: u32) -> i64 {
  guard::enter(|| {
    CHILD_PIPES.with(id, |pipe| {
      pipe.close(end != 0);
      Ok(0)
    })
  })
}

/// Closes what is open and frees the pipe. Returns 0.
#[no_mangle]
pub extern "C" fn rbg_child_pipe_free(id: i64) -> i64 {
  guard::enter(|| CHILD_PIPES.remove(id).map(|()| 0))
}
