//! The HTTP client of both sides: no redirects, no proxy for plain addresses, bounded times.

use std::time::Duration;

use reqwest::{Client, redirect};

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// A peer that vanished without a word is noticed while a call waits for it.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// A client that speaks TLS if `tls`; without it no certificates are looked for.
pub(crate) fn client(tls: bool) -> reqwest::Result<Client> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing this race means that another one has chosen meanwhile.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let mut builder = Client::builder()
        .user_agent(concat!("manim-renderer/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .tcp_keepalive(KEEPALIVE);
    if !tls {
        builder = builder.tls_certs_only([]).no_proxy();
    }
    builder.build()
}
