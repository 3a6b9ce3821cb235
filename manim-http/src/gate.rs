//! How many problems may come: from one session, and from one address, since a new session
//! costs nothing.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use manim_core::{Admission, Quota, ScopedKey, SessionId, chain};

use crate::http::Http;
use crate::problem::{Problem, ProblemCode};

/// Where a request comes from, as far as it can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(Option<IpAddr>);

impl FromRequestParts<Http> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, http: &Http) -> Result<Self, Self::Rejection> {
        let hops = http.options().forwarded_hops;
        let address = if hops > 0 {
            forwarded(&parts.headers, hops)
        } else {
            let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
            peer.map(|ConnectInfo(peer)| peer.ip())
        };
        Ok(Self(address))
    }
}

/// The address that the outermost of `hops` proxies of ours was called from. What stands
/// further left was written by the client.
fn forwarded(headers: &HeaderMap, hops: usize) -> Option<IpAddr> {
    let lines = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok());
    let hosts: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    let host = hosts.len().checked_sub(hops).and_then(|at| hosts.get(at))?;
    let host = host.trim();
    host.parse()
        .ok()
        .or_else(|| host.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// A household has a /64 of IPv6: its addresses are one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

/// Takes one problem from both quotas.
pub(crate) async fn admit(http: &Http, session: SessionId, address: ClientAddress) -> Result<(), Problem> {
    if let (Some(quota), Some(address)) = (http.options().address_quota, address.0) {
        let key = ScopedKey::new("http address", &network(address).to_string());
        take(http, &key, quota).await?;
    }
    let key = ScopedKey::new("http session", &session.to_string());
    take(http, &key, http.options().session_quota).await
}

/// A limiter out of reach lets people in: it protects our costs, and the queue has a limit.
async fn take(http: &Http, key: &ScopedKey, quota: Quota) -> Result<(), Problem> {
    match http.limiter().take(key, quota).await {
        Ok(Admission::Allowed { .. }) => Ok(()),
        Ok(Admission::Refused { retry_after }) => {
            let seconds = retry_after.as_millis().div_ceil(1000).max(1);
            let detail = format!(
                "At most {} problems can be submitted within {} seconds. Send this one again in {seconds} s.",
                quota.limit(),
                quota.period().as_secs(),
            );
            Err(Problem::new(ProblemCode::RateLimited, detail).after(retry_after))
        }
        Err(error) => {
            tracing::warn!(error = chain(&error), "no answer from the rate limiter");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(lines: &[&str], hops: usize) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        forwarded(&headers, hops).map(|address| address.to_string())
    }

    #[test]
    fn only_what_our_own_proxies_wrote_is_believed() {
        assert_eq!(seen(&["6.6.6.6, 1.2.3.4"], 1).as_deref(), Some("1.2.3.4"));
        assert_eq!(
            seen(&["6.6.6.6", "1.2.3.4, 10.0.0.1"], 2).as_deref(),
            Some("1.2.3.4")
        );
        assert_eq!(seen(&["1.2.3.4:5678"], 1).as_deref(), Some("1.2.3.4"));
        assert_eq!(seen(&["1.2.3.4"], 2), None);
        assert_eq!(seen(&["rubbish"], 1), None);
    }

    #[test]
    fn addresses_of_one_household_are_one() {
        let network = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("::ffff:1.2.3.4"), "1.2.3.4");
    }
}
