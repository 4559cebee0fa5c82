//! Request lines and headers.

use super::{Answer, with};

/// Any bytes may come over a connection. The first one says whether signatures are checked.
pub fn oss_request(data: &[u8]) {
    let Some((first, data)) = data.split_first() else { return };
    with(first % 2 == 0, |server| {
        let told = server.send(data);
        // What is no HTTP may be hung up on, without a word.
        if !told.is_empty() {
            let answer = Answer::read(&told);
            let shown = || panic!("no answer: {:?}", String::from_utf8_lossy(&told));
            answer.unwrap_or_else(shown).check();
        }
        server.check();
    });
}
