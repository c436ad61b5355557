//! The bare rustls loop: accepts, shakes hands, waits for the end of the stream, closes. One thread, blocking.
//!
//! usage: rustls_loop PORT CERTIFICATE.pem KEY.pem

use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().collect();
    let [_, port, certificate, key] = args.as_slice() else {
        return Err("usage: rustls_loop PORT CERTIFICATE KEY".into());
    };
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
    config.ticketer = Ticketer::new()?;
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?))?;
    println!("listening on {}", listener.local_addr()?);
    for stream in listener.incoming() {
        // One bad peer ends its own connection only.
        let _ = serve(stream?, &config);
    }
    Ok(())
}

fn serve(mut stream: TcpStream, config: &Arc<ServerConfig>) -> Result<(), Failure> {
    let mut tls = ServerConnection::new(config.clone())?;
    stream.set_nodelay(true)?;
    let mut ended = false;
    while !ended {
        while tls.wants_write() {
            tls.write_tls(&mut stream)?;
        }
        ended = tls.read_tls(&mut stream)? == 0 || tls.process_new_packets()?.peer_has_closed();
        while matches!(tls.reader().read(&mut [0; 4096]), Ok(1..)) {}
    }
    tls.send_close_notify();
    while tls.wants_write() {
        tls.write_tls(&mut stream)?;
    }
    Ok(stream.flush()?)
}
