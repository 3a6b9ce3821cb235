//! A small double of an S3 server, for what Cloudflare's simulator leaves out: a bucket's rules,
//! refusals at will, and uploads whose bytes nobody keeps. Strict in what it understands:
//! anything else is a 400.

#![allow(
    dead_code,
    reason = "the tests and the benchmark share this file, and each uses a part"
)]

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// One request, its body read and thrown away beyond what an answer needs.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

pub(crate) type Answer = (u16, &'static str, String);

/// Serves `answer` on a free port until the process ends; returns the address.
pub(crate) fn serve(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || converse(stream, &*answer));
        }
    });
    address
}

fn converse(stream: TcpStream, answer: &dyn Fn(&Request) -> Answer) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Ok(Some(request)) = read(&mut reader) {
        let (status, header, body) = answer(&request);
        let head = format!(
            "HTTP/1.1 {status} x\r\n{header}content-length: {}\r\n\r\n",
            body.len()
        );
        let body = if request.method == "HEAD" { "" } else { &body };
        if writer.write_all((head + body).as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length: u64 = headers
        .get("content-length")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let mut body = Vec::new();
    reader
        .by_ref()
        .take(length.min(64 * 1024))
        .read_to_end(&mut body)?;
    io::copy(
        &mut reader.by_ref().take(length - body.len() as u64),
        &mut io::sink(),
    )?;
    Ok(Some(Request {
        method,
        target,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }))
}

/// Takes uploads of any size, and keeps nothing.
#[allow(clippy::print_stdout, reason = "this is how the address is heard")]
pub(crate) fn serve_until_stdin_ends() {
    println!("{}", serve(accepting));
    let _ = io::copy(&mut io::stdin(), &mut io::sink());
}

fn accepting(request: &Request) -> Answer {
    match (request.method.as_str(), request.target.as_str()) {
        ("HEAD", _) => (404, "", String::new()),
        ("GET", _) => (
            200,
            "",
            "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>".into(),
        ),
        ("POST", target) if target.contains("uploads=") => (
            200,
            "",
            "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>".into(),
        ),
        ("POST", target)
            if target.contains("uploadId=u") && request.headers.contains_key("if-none-match") =>
        {
            (200, "", "<CompleteMultipartUploadResult/>".into())
        }
        ("PUT", target) if target.contains("partNumber=") => (200, "etag: \"e\"\r\n", String::new()),
        _ => (400, "", String::new()),
    }
}

/// Kinds of rules that a bucket keeps: what is asked for, the outermost tag, the code of none.
pub(crate) const LIFECYCLE: [&str; 3] = [
    "lifecycle",
    "LifecycleConfiguration",
    "NoSuchLifecycleConfiguration",
];
pub(crate) const CORS: [&str; 3] = ["cors", "CORSConfiguration", "NoSuchCORSConfiguration"];

/// A bucket that keeps its rules of one kind, and wants a checksum with new ones. Rules of other
/// kinds are a 501.
pub(crate) fn with_rules([part, tag, none]: [&'static str; 3], first: Option<&str>) -> String {
    let kept = Mutex::new(first.map(str::to_owned));
    serve(move |request| {
        let mut kept = kept.lock().unwrap();
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let asks_for = |part: &str| query.split('&').any(|pair| pair.trim_end_matches('=') == part);
        let of_rules = asks_for(LIFECYCLE[0]) || asks_for(CORS[0]);
        let signed = query.contains("X-Amz-Signature=");
        match request.method.as_str() {
            "GET" if !of_rules => accepting(request),
            _ if path.trim_end_matches('/') != "/films" || !signed => (403, "", String::new()),
            _ if !asks_for(part) => (501, "", "<Error><Code>NotImplemented</Code></Error>".into()),
            "GET" => match &*kept {
                Some(rules) => (200, "", rules.clone()),
                None => (404, "", format!("<Error><Code>{none}</Code></Error>")),
            },
            "PUT"
                if request
                    .headers
                    .get("x-amz-checksum-sha256")
                    .is_some_and(|sum| sum.len() == 44)
                    && query.contains("x-amz-checksum-sha256")
                    && request.body.starts_with(&format!("<{tag} xmlns=")) =>
            {
                *kept = Some(request.body.clone());
                (200, "", String::new())
            }
            _ => (400, "", "<Error><Code>MalformedXML</Code></Error>".into()),
        }
    })
}

/// This program again, as the server, with memory of its own. Ends with us.
pub(crate) struct Child {
    address: String,
    child: std::process::Child,
}

impl Child {
    pub(crate) fn start(program: PathBuf, argument: &str) -> Self {
        let mut command = Command::new(program);
        let mut child = command
            .arg(argument)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        Self {
            address: address.trim().to_owned(),
            child,
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
