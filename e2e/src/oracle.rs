//! Go's own libraries as an oracle: kstatus, quantities, selectors, names, schedules, image references, Pod
//! Security, YAML. The Go side is `e2e/oracle`.
//!
//! It must not have an answer of its own. Next: [`answers`] for what it says.

mod answers;

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{Error, answers::Answers as Asked};

pub use answers::{
    Cidr, Duration, Image, Kstatus, Names, PodSecurity, Quantity, ReadText, Scaled, Schedule, Selector,
};

/// A running oracle. It ends by itself when the pipe to it closes.
#[derive(Debug)]
pub struct Oracle(Asked);

#[derive(Deserialize)]
struct Answers<A> {
    answers: Vec<A>,
}

impl Oracle {
    /// Starts it; builds it first if it is not there.
    pub fn start() -> Result<Self, Error> {
        Asked::start("oracle").map(Self)
    }

    /// Asks anything: the operation and its arguments in one object.
    pub fn ask<T: DeserializeOwned>(&mut self, question: &Value) -> Result<T, Error> {
        self.0.ask(question)
    }

    /// What a pipeline that waits with kstatus makes of an object.
    pub fn kstatus(&mut self, object: &Value) -> Result<Kstatus, Error> {
        self.ask(&json!({"op": "kstatus", "object": object}))
    }

    /// What the API server makes of each of these quantities.
    pub fn quantities<T: Serialize>(&mut self, texts: &[T]) -> Result<Vec<Quantity>, Error> {
        self.each("quantities", texts)
    }

    /// What the kubelet makes of each of these references to an image.
    pub fn images<T: Serialize>(&mut self, texts: &[T]) -> Result<Vec<Image>, Error> {
        self.each("images", texts)
    }

    /// What the API server takes each of these texts for.
    pub fn names<T: Serialize>(&mut self, texts: &[T]) -> Result<Vec<Names>, Error> {
        self.each("names", texts)
    }

    /// What the `CronJob` controller makes of each of these schedules.
    pub fn schedules<T: Serialize>(&mut self, texts: &[T]) -> Result<Vec<Schedule>, Error> {
        self.each("schedules", texts)
    }

    /// What Go makes of each of these durations.
    pub fn durations<T: Serialize>(&mut self, texts: &[T]) -> Result<Vec<Duration>, Error> {
        self.each("durations", texts)
    }

    /// Whether Go knows each of these time zones.
    pub fn zones<T: Serialize>(&mut self, names: &[T]) -> Result<Vec<bool>, Error> {
        self.each("zones", names)
    }

    /// What components of Kubernetes make of each of these ranges of addresses.
    pub fn cidrs<T: Serialize>(&mut self, texts: &[T]) -> Result<Vec<Cidr>, Error> {
        self.each("cidrs", texts)
    }

    /// What each of these numbers or percentages (`value`) of a `total` is.
    pub fn scaled(&mut self, asked: &[Value]) -> Result<Vec<Scaled>, Error> {
        self.each("scaled", asked)
    }

    /// What the API server makes of each `selector`, and which of the `labels` beside it it matches.
    pub fn selectors(&mut self, asked: &[Value]) -> Result<Vec<Selector>, Error> {
        self.each("selectors", asked)
    }

    /// What Pod Security Admission says of each pod by each standard (level and version); with the words of the
    /// API server, if those are wanted.
    pub fn pod_security(
        &mut self,
        pods: &[Value],
        standards: &[(&str, &str)],
        detail: bool,
    ) -> Result<Vec<Vec<PodSecurity>>, Error> {
        let standards: Vec<Value> =
            standards.iter().map(|(level, version)| json!({"level": level, "version": version})).collect();
        let question = json!({"op": "podSecurity", "pods": pods, "standards": standards, "detail": detail});
        self.ask::<Answers<_>>(&question).map(|answers| answers.answers)
    }

    /// One answer for each value.
    fn each<T: Serialize, A: DeserializeOwned>(
        &mut self,
        operation: &str,
        values: &[T],
    ) -> Result<Vec<A>, Error> {
        self.ask::<Answers<A>>(&json!({"op": operation, "values": values})).map(|answers| answers.answers)
    }

    /// What Kubernetes reads in each of these texts.
    pub fn yaml(&mut self, texts: &[Vec<u8>]) -> Result<Vec<ReadText>, Error> {
        #[derive(Deserialize)]
        struct Read {
            texts: Vec<ReadText>,
        }
        let encoded: Vec<String> = texts.iter().map(|text| STANDARD.encode(text)).collect();
        self.ask::<Read>(&json!({"op": "yaml", "texts": encoded})).map(|read| read.texts)
    }

    /// The versions of the Go modules it speaks for.
    pub fn versions(&mut self) -> Result<BTreeMap<String, String>, Error> {
        self.0.versions()
    }
}
