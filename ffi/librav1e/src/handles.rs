//! Ids instead of pointers: a table of objects whose slots count how often they were given out.
//!
//! An id is `generation << 20 | slot`, below 2^53 so that a JavaScript number holds it. A slot's generation goes up each
//! time it is freed, so a stale id finds nothing. An object is used by one thread at a time: a second one is told so.

use crate::guard::{catch, Code, Failure, Outcome};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

const SLOT_BITS: u32 = 20;
const GENERATION_LIMIT: u64 = 1 << (53 - SLOT_BITS);

struct Entry<T> {
  generation: u64,
  object: Option<Arc<Mutex<Option<T>>>>,
}

/// A table of objects of one kind. `T` is taken out of its entry for good when a call on it panics.
pub struct Table<T> {
  kind: &'static str,
  entries: Mutex<Vec<Entry<T>>>,
}

impl<T> Table<T> {
  pub const fn new(kind: &'static str) -> Self {
    Table { kind, entries: Mutex::new(Vec::new()) }
  }

  fn entries(&self) -> MutexGuard<'_, Vec<Entry<T>>> {
    self.entries.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// Takes ownership of an object and gives its id.
  pub fn insert(&self, object: T) -> Outcome<i64> {
    let mut entries = self.entries();
    let slot = match entries.iter().position(|entry| entry.object.is_none() && entry.generation < GENERATION_LIMIT) {
      Some(slot) => slot,
      None if entries.len() < 1 << SLOT_BITS => {
        entries.push(Entry { generation: 1, object: None });
        entries.len() - 1
      }
      None => return Err(Failure::new(Code::WrongState, format!("no room for another {}", self.kind))),
    };
    let entry = &mut entries[slot];
    entry.object = Some(Arc::new(Mutex::new(Some(object))));
    Ok((entry.generation << SLOT_BITS) as i64 | slot as i64)
  }

  fn stale(&self, id: i64) -> Failure {
    Failure::new(Code::InvalidHandle, format!("{id} is not the id of {}, or that one was freed", self.kind))
  }

  fn find(&self, entries: &mut [Entry<T>], id: i64) -> Outcome<usize> {
    let slot = (id & ((1 << SLOT_BITS) - 1)) as usize;
    match entries.get(slot) {
      Some(entry) if id > 0 && entry.object.is_some() && entry.generation == id as u64 >> SLOT_BITS => Ok(slot),
      _ => Err(self.stale(id)),
    }
  }

  /// Runs `body` with the object. A panic inside drops the object; its id stays taken until it is freed.
  pub fn with<R>(&self, id: i64, body: impl FnOnce(&mut T) -> Outcome<R>) -> Outcome<R> {
    let object = {
      let mut entries = self.entries();
      let slot = self.find(&mut entries, id)?;
      entries[slot].object.clone().ok_or_else(|| self.stale(id))?
    };
    let mut held = match object.try_lock() {
      Ok(held) => held,
      Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
      Err(TryLockError::WouldBlock) => {
        return Err(Failure::new(Code::Busy, format!("{} {id} is in use on another thread", self.kind)))
      }
    };
    let Some(value) = held.as_mut() else {
      return Err(Failure::new(Code::Panicked, format!("{} {id} panicked before and can only be freed", self.kind)));
    };
    let outcome = catch(|| body(value));
    if matches!(outcome, Err(Failure { code: Code::Panicked, .. })) {
      // Dropping half-changed state may panic once more; what it holds is memory only, so leaking is the worst case.
      let broken = held.take();
      let _ = catch(|| {
        drop(broken);
        Ok(())
      });
    }
    outcome
  }

  /// Frees the object: at once, or when the call that another thread is inside of returns.
  pub fn remove(&self, id: i64) -> Outcome<()> {
    let object = {
      let mut entries = self.entries();
      let slot = self.find(&mut entries, id)?;
      entries[slot].generation += 1;
      entries[slot].object.take()
    };
    drop(object);
    Ok(())
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_freed_id_stays_dead_when_its_slot_is_used_again() {
    let table = Table::new("a number");
    let first = table.insert(1).unwrap();
    table.remove(first).unwrap();
    let second = table.insert(2).unwrap();
    assert_ne!(first, second);
    assert_eq!(table.with(first, |_| Ok(())).unwrap_err().code, Code::InvalidHandle);
    assert_eq!(table.remove(first).unwrap_err().code, Code::InvalidHandle);
    assert_eq!(table.with(second, |value| Ok(*value)).unwrap(), 2);
  }

  #[test]
  fn ids_that_were_never_given_are_refused() {
    let table: Table<u8> = Table::new("a number");
    let id = table.insert(1).unwrap();
    for wrong in [0, -1, 1, i64::MAX, i64::MIN, id + 1, id ^ (1 << 40), -id] {
      assert_eq!(table.with(wrong, |_| Ok(())).unwrap_err().code, Code::InvalidHandle, "{wrong}");
    }
  }

  #[test]
  fn a_second_thread_is_told_that_the_object_is_in_use() {
    let table = Table::new("a number");
    let id = table.insert(1).unwrap();
    table
      .with(id, |_| {
        std::thread::scope(|scope| {
          let other = scope.spawn(|| table.with(id, |_| Ok(())).unwrap_err().code);
          assert_eq!(other.join().unwrap(), Code::Busy);
        });
        Ok(())
      })
      .unwrap();
  }

  #[test]
  fn an_object_freed_during_a_call_lives_until_the_call_returns() {
    let table = Table::new("a number");
    let id = table.insert(vec![1, 2, 3]).unwrap();
    let sum = table
      .with(id, |values| {
        table.remove(id)?;
        Ok(values.iter().sum::<i32>())
      })
      .unwrap();
    assert_eq!(sum, 6);
    assert_eq!(table.with(id, |_| Ok(())).unwrap_err().code, Code::InvalidHandle);
  }

  #[test]
  fn an_object_that_panicked_can_only_be_freed() {
    let table = Table::new("a number");
    let id = table.insert(1).unwrap();
    let failure = table.with(id, |_| -> Outcome<()> { panic!("broken") }).unwrap_err();
    assert_eq!(failure.code, Code::Panicked);
    assert_eq!(table.with(id, |_| Ok(())).unwrap_err().code, Code::Panicked);
    table.remove(id).unwrap();
    assert_eq!(table.with(id, |_| Ok(())).unwrap_err().code, Code::InvalidHandle);
  }
}
