//! One fetch per file at a time, a few files at a time; whoever wants the same file waits for the one that is on its way.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::FetchError;

/// Files that are on their way at the same time.
const MAX_AIRBORNE: usize = 6;
/// Files that are on their way or wait for their turn; more are refused.
pub const MAX_FLIGHTS: usize = 128;

type Outcome = Result<(), FetchError>;

/// A file on its way.
#[derive(Default)]
pub(super) struct Flight {
    outcome: Mutex<Option<Outcome>>,
    landed: Condvar,
}

impl Flight {
    /// Waits for the file, so long and no longer.
    pub(super) fn wait(&self, limit: Duration) -> Outcome {
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let (outcome, _) = self
            .landed
            .wait_timeout_while(outcome, limit, |outcome| outcome.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        outcome.clone().unwrap_or(Err(FetchError::Slow))
    }
}

/// Who wants a file that is not here.
pub(super) enum Boarding {
    /// Is the first, and has to fetch it.
    First(Ticket),
    /// It is on its way.
    Waits(Arc<Flight>),
}

/// See the module's description.
#[derive(Default)]
pub(super) struct Flights {
    open: Mutex<HashMap<String, Arc<Flight>>>,
    airborne: Mutex<usize>,
    freed: Condvar,
}

impl Flights {
    pub(super) fn board(self: &Arc<Self>, key: &str) -> Result<Boarding, FetchError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = open.get(key) {
            return Ok(Boarding::Waits(Arc::clone(flight)));
        }
        if open.len() >= MAX_FLIGHTS {
            return Err(FetchError::Busy);
        }
        let flight = Arc::new(Flight::default());
        open.insert(key.to_owned(), Arc::clone(&flight));
        let (flights, key) = (Arc::clone(self), key.to_owned());
        Ok(Boarding::First(Ticket { flights, key, flight, is_airborne: false, outcome: None }))
    }
}

/// The duty to fetch a file and to say what became of it. Dropped without a word, the fetch has failed.
pub(crate) struct Ticket {
    flights: Arc<Flights>,
    key: String,
    flight: Arc<Flight>,
    is_airborne: bool,
    outcome: Option<Outcome>,
}

impl Ticket {
    pub(super) fn flight(&self) -> Arc<Flight> {
        Arc::clone(&self.flight)
    }

    /// Waits for a turn, up to `limit`.
    pub(super) fn take_off(&mut self, limit: Duration) -> Result<(), FetchError> {
        let begin = Instant::now();
        let mut airborne = self.flights.airborne.lock().unwrap_or_else(PoisonError::into_inner);
        while *airborne >= MAX_AIRBORNE {
            let left = limit.saturating_sub(begin.elapsed());
            if left.is_zero() {
                return Err(FetchError::Busy);
            }
            airborne = self.flights.freed.wait_timeout(airborne, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        *airborne += 1;
        self.is_airborne = true;
        Ok(())
    }

    /// Tells everybody who waits.
    pub(super) fn land(mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

impl Drop for Ticket {
    /// Those who come after somebody was told begin a fetch of their own, so the flight is closed first.
    fn drop(&mut self) {
        self.flights.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
        if self.is_airborne {
            *self.flights.airborne.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
            self.flights.freed.notify_one();
        }
        let unexpected = || Err(FetchError::NotKept("the fetch ended unexpectedly".to_owned()));
        let outcome = self.outcome.take().unwrap_or_else(unexpected);
        *self.flight.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        self.flight.landed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(30);

    fn first(flights: &Arc<Flights>, key: &str) -> Ticket {
        match flights.board(key) {
            Ok(Boarding::First(ticket)) => ticket,
            _ => panic!("{key} is on its way"),
        }
    }

    #[test]
    fn all_who_wait_hear_of_the_one_fetch() {
        let flights = Arc::new(Flights::default());
        let ticket = first(&flights, "a");
        let Ok(Boarding::Waits(flight)) = flights.board("a") else { panic!("it is on its way") };
        assert_eq!(flight.wait(SOON), Err(FetchError::Slow), "no longer than was said");
        let waiting = std::thread::spawn(move || flight.wait(LONG));
        ticket.land(Ok(()));
        assert_eq!(waiting.join().unwrap(), Ok(()));
        assert!(matches!(flights.board("a"), Ok(Boarding::First(_))), "who comes later begins anew");
        let broken = first(&flights, "a");
        let flight = broken.flight();
        drop(broken);
        assert!(matches!(flight.wait(LONG), Err(FetchError::NotKept(_))), "a fetch that panics keeps nobody waiting");
    }

    #[test]
    fn few_fly_and_few_wait() {
        let flights = Arc::new(Flights::default());
        let mut flying: Vec<Ticket> = (0..MAX_FLIGHTS).map(|number| first(&flights, &number.to_string())).collect();
        assert!(matches!(flights.board("one more"), Err(FetchError::Busy)));
        for ticket in &mut flying[..MAX_AIRBORNE] {
            ticket.take_off(LONG).unwrap();
        }
        let mut last = flying.pop().unwrap();
        assert_eq!(last.take_off(SOON), Err(FetchError::Busy));
        let waiting = std::thread::spawn(move || last.take_off(LONG));
        drop(flying);
        assert_eq!(waiting.join().unwrap(), Ok(()));
        assert!(flights.open.lock().unwrap().is_empty() && *flights.airborne.lock().unwrap() == 0);
    }
}
