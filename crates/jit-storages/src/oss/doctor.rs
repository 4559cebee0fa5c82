//! What is asked on the way to OSS, before a storage is asked what every storage is.

use std::time::Duration;

use super::{OssCredentials, OssStorage};
use crate::error::Error;
use crate::{Checkup, Problem, Stopped, doctor};

impl OssStorage {
    /// Every step: the way to OSS, the credentials, and then what every storage is asked.
    pub(super) async fn check_up(&self, checkup: &mut Checkup) -> Result<(), Stopped> {
        self.way(checkup).await?;
        let prefix = doctor::probe_prefix();
        checkup.step("credentials", self.recognised(&format!("{prefix}/nothing"))).await?;
        let presign = async |checkup: &mut Checkup, name: &str| {
            checkup.step("presign", self.presigned(name)).await
        };
        doctor::files(self, checkup, &prefix, presign).await
    }

    /// Whether OSS can be reached, and whether its clock and ours go alike.
    async fn way(&self, checkup: &mut Checkup) -> Result<(), Stopped> {
        let host = self.bucket.host();
        let problem = |error| Problem::from(Error::from_oss(error, &self.subject, "doctor", ""));
        let resolve = async {
            let found = self.bucket.resolve().await.map_err(problem)?;
            Ok(match found.as_deref() {
                None => format!("{host}, looked up by the proxy"),
                Some([]) => format!("{host} has no address"),
                Some([address, ..]) => format!("{host} is {address}"),
            })
        };
        checkup.step("dns", resolve).await?;
        let mut reached = None;
        let connect = async {
            let answer = self.bucket.reach().await.map_err(problem)?;
            let said = format!("OSS answers, request {}", answer.request_id);
            reached = Some(answer);
            Ok(said)
        };
        checkup.step("connect", connect).await?;
        let offset = reached.and_then(|reached| reached.clock_offset);
        checkup.step("clock", async { clock(offset) }).await
    }

    /// Whether OSS takes the credentials for the bucket: it says that an object is not there to nobody else.
    async fn recognised(&self, name: &str) -> Result<String, Problem> {
        let bucket = self.bucket.name();
        let place = self.found.map_or("from the configuration", OssCredentials::place);
        match self.bucket.get_object(name).await {
            Err(error) if error.code() != Some("NoSuchKey") => {
                let error = Error::from_oss(error, &self.subject, "doctor", name);
                // Otherwise there was none that could have been asked with.
                let was_asked = error.status().is_some();
                let mut problem = Problem::from(error);
                if self.found.is_some() && was_asked {
                    problem.message.push_str(&format!("; the access key is the one {place}"));
                }
                Err(problem)
            }
            _ => Ok(format!("good for {bucket}, {place}")),
        }
    }

    /// Whether somebody without credentials reads the sample by a signed URL.
    async fn presigned(&self, name: &str) -> Result<String, Problem> {
        let problem = |error| Problem::from(Error::from_oss(error, &self.subject, "doctor", name));
        let request = self.bucket.presign_get(name).expires_in(Duration::from_secs(60));
        let url = request.sign().await.map_err(problem)?;
        let is_own = url.as_str().contains(&format!("//{}/", self.bucket.host()));
        let opened = self.bucket.open_presigned(&url).await.map_err(|error| {
            let mut problem = problem(error);
            if !is_own {
                problem.help =
                    "check publicEndPoint, and that this machine can reach it".to_owned();
            }
            problem
        });
        let (status, found) = opened?;
        if status != 200 {
            let message = format!("a signed URL is answered with HTTP {status}");
            let help = "check publicEndPoint, and the bucket's rules for who may read";
            return Err(Problem::new(message, help));
        }
        doctor::same_as_sample(&found)?;
        Ok("a signed URL opens without credentials".to_owned())
    }
}

/// Whether OSS takes what is signed by this machine's clock. A smaller difference is corrected by the client.
fn clock(offset: Option<i64>) -> Result<String, Problem> {
    /// What OSS allows.
    const ALLOWED: u64 = 15 * 60;
    /// What the client corrects.
    const CORRECTED: u64 = 24 * 60 * 60;
    let Some(offset) = offset else { return Ok("OSS does not say what time it is".to_owned()) };
    let (seconds, side) = (offset.unsigned_abs(), if offset < 0 { "ahead" } else { "behind" });
    match seconds {
        0..=2 => Ok("right".to_owned()),
        3..=ALLOWED => Ok(format!("this machine's is {seconds} s {side}, which OSS allows")),
        _ if seconds <= CORRECTED => {
            Ok(format!("this machine's is {seconds} s {side}, which is corrected"))
        }
        _ => Err(Problem::new(
            format!("this machine's clock is {seconds} s {side}"),
            "set it: OSS allows 15 minutes, and the client corrects a day",
        )),
    }
}
