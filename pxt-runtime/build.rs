//! Takes what the page at `/docs` needs of Swagger UI out of the archive that a crate carries.
//!
//! The parts are deflated there, and gzip is a deflated stream in another frame. So they are framed anew and never
//! unpacked: the program holds what browsers are sent.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "docs")]
    swagger_ui::extract();
}

#[cfg(feature = "docs")]
mod swagger_ui {
    use std::io::{Cursor, Read};
    use std::path::PathBuf;

    use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
    use zip::read::ZipArchive;
    use zip::{CompressionMethod, read::ZipFile};

    const PARTS: [&str; 2] = ["swagger-ui-bundle.js", "swagger-ui.css"];

    /// Writes `{part}.gz` to the folder for what builds make.
    pub(super) fn extract() {
        let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
        let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED)).expect("the crate's archive is readable");
        for part in PARTS {
            // The archive's folder is named after the version of Swagger UI.
            let end = format!("/dist/{part}");
            let index = archive
                .file_names_raw()
                .position(|name| name.ends_with(end.as_bytes()))
                .unwrap_or_else(|| panic!("{part} is missing from utoipa-swagger-ui-vendored: name it as it is there"));
            let file = archive.by_index_raw(index).expect("is in the archive");
            std::fs::write(folder.join(format!("{part}.gz")), gzip(file)).expect("cargo's folder can be written to");
        }
    }

    /// RFC 1952: a head without name and time, the deflated stream, checksum and size.
    fn gzip(mut file: ZipFile<'_, Cursor<&[u8]>>) -> Vec<u8> {
        assert_eq!(file.compression(), CompressionMethod::DEFLATE, "gzip holds deflated streams alone");
        let (checksum, size) = (file.crc32(), file.size() as u32);
        let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
        file.read_to_end(&mut bytes).expect("the stream is whole");
        bytes.extend(checksum.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes
    }
}
