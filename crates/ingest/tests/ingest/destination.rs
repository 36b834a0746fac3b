//! A destination that keeps checksums, and fails as it is told.

use std::collections::{HashMap, HashSet};
use std::io::Read as _;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use sha1::{Digest as _, Sha1 as Hasher};
use tintype_ingest::delivery::{Delivered, Delivery, DeliveryError, Destination, Known};
use tintype_protocol::checksum::Sha1;
use uuid::Uuid;

/// How a delivery goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nobody answers.
    Away,
    /// The server fails.
    Fails,
    /// It says no.
    Refuses,
    /// The owner's quota is used up.
    Full,
    /// It keeps the file, and the answer is lost.
    LosesAnswer,
    /// It keeps something else.
    Damages,
}

impl Fault {
    fn error(self) -> DeliveryError {
        let source = format!("{self:?}").into();
        match self {
            Self::Away => DeliveryError::Away { after: None, source },
            Self::Full => DeliveryError::NoRoom { source },
            Self::Refuses => DeliveryError::Refused { source },
            Self::Fails | Self::LosesAnswer | Self::Damages => {
                DeliveryError::Failed { after: Some(Duration::from_secs(1)), source }
            }
        }
    }
}

/// What was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) sha1: Sha1,
    pub(crate) modified_ms: i64,
    pub(crate) motion: Option<Uuid>,
    pub(crate) sidecar: Option<Vec<u8>>,
}

#[derive(Default)]
struct State {
    kept: Vec<Kept>,
    /// Told for the next deliveries, one each.
    faults: Vec<Fault>,
    /// Told for all deliveries of files of a name.
    of_name: HashMap<String, Fault>,
    stacks: Vec<Vec<Uuid>>,
    deliveries: u64,
}

#[derive(Default)]
pub(crate) struct FakeDestination {
    state: Mutex<State>,
    /// Names of files that take until they are let through.
    slow: Mutex<HashSet<String>>,
    let_through: Condvar,
}

impl FakeDestination {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap())
    }

    pub(crate) fn fail(&self, faults: &[Fault]) {
        self.with(|state| state.faults.extend(faults));
    }

    pub(crate) fn fail_file(&self, name: &str, fault: Fault) {
        self.with(|state| state.of_name.insert(name.to_owned(), fault));
    }

    pub(crate) fn recover(&self) {
        self.with(|state| (state.faults.clear(), state.of_name.clear()));
    }

    /// Deliveries of this file go on until it is let through.
    pub(crate) fn slow_down(&self, name: &str) {
        self.slow.lock().unwrap().insert(name.to_owned());
    }

    pub(crate) fn let_through(&self) {
        self.slow.lock().unwrap().clear();
        self.let_through.notify_all();
    }

    pub(crate) fn kept(&self) -> Vec<Kept> {
        self.with(|state| state.kept.clone())
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.kept().into_iter().map(|kept| kept.name).collect();
        names.sort();
        names
    }

    pub(crate) fn deliveries(&self) -> u64 {
        self.with(|state| state.deliveries)
    }

    pub(crate) fn stacks(&self) -> Vec<Vec<Uuid>> {
        self.with(|state| state.stacks.clone())
    }
}

impl Destination for FakeDestination {
    fn name(&self) -> String {
        "a fake server".to_owned()
    }

    fn look_up(&self, sha1: &Sha1) -> Result<Known, DeliveryError> {
        self.with(|state| {
            if state.faults.first() == Some(&Fault::Away) {
                return Err(state.faults.remove(0).error());
            }
            let held = state.kept.iter().find(|kept| kept.sha1 == *sha1);
            Ok(match held {
                Some(kept) => Known::Held(kept.id),
                None => Known::New,
            })
        })
    }

    fn deliver(&self, mut delivery: Delivery) -> Result<Delivered, DeliveryError> {
        let mut bytes = Vec::new();
        delivery.file.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, delivery.size_bytes);
        let mut sha1 = Sha1(Hasher::digest(&bytes).into());
        assert_eq!(sha1, delivery.sha1, "what was announced came");
        let sidecar = delivery.sidecar.map(|mut file| {
            let mut sidecar = Vec::new();
            file.read_to_end(&mut sidecar).unwrap();
            sidecar
        });
        let slow = self.slow.lock().unwrap();
        drop(self.let_through.wait_while(slow, |slow| slow.contains(&delivery.name)).unwrap());
        self.with(|state| {
            state.deliveries += 1;
            let next = if state.faults.is_empty() { None } else { Some(state.faults.remove(0)) };
            let fault = state.of_name.get(&delivery.name).copied().or(next);
            match fault {
                None | Some(Fault::LosesAnswer) => {}
                Some(Fault::Damages) => sha1.0[0] ^= 1,
                Some(fault) => return Err(fault.error()),
            }
            let id = Uuid::from_u128(1_000 + state.kept.len() as u128);
            let (name, modified_ms) = (delivery.name, delivery.modified.0);
            state.kept.push(Kept { id, name, sha1, modified_ms, motion: delivery.motion, sidecar });
            match fault {
                Some(Fault::LosesAnswer) => Err(Fault::LosesAnswer.error()),
                _ => Ok(Delivered { asset: id, is_duplicate: false }),
            }
        })
    }

    fn checksum(&self, asset: Uuid) -> Result<Option<Sha1>, DeliveryError> {
        Ok(self.with(|state| state.kept.iter().find(|kept| kept.id == asset).map(|kept| kept.sha1)))
    }

    fn has_sidecar(&self, _: Uuid, _: &Sha1) -> Result<Option<bool>, DeliveryError> {
        Ok(None)
    }

    fn still_has(&self, asset: Uuid) -> Result<bool, DeliveryError> {
        Ok(self.with(|state| state.kept.iter().any(|kept| kept.id == asset)))
    }

    fn restore(&self, _: Uuid) -> Result<(), DeliveryError> {
        panic!("it has no trash")
    }

    fn add_to_album(&self, _: &str, _: Uuid) -> Result<(), DeliveryError> {
        panic!("no zone here has albums")
    }

    fn stack(&self, assets: &[Uuid]) -> Result<(), DeliveryError> {
        self.with(|state| state.stacks.push(assets.to_vec()));
        Ok(())
    }
}
