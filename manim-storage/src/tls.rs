//! Which cryptography TLS uses.

/// The process's choice stands where the program has made one.
pub(crate) fn choose_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing this race means that another one has chosen meanwhile.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
