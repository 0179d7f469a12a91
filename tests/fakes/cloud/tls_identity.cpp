#include "tests/fakes/cloud/tls_identity.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace bn::testing::cloud {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Cert = std::unique_ptr<X509, decltype(&X509_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

constexpr long kDay = 24L * 3600;

void require(bool ok, const char* what) {
    if (!ok) {
        throw std::runtime_error(std::string("OpenSSL: ") + what);
    }
}

Key make_key() {
    Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    require(key != nullptr, "cannot make a key");
    return key;
}

void add_extension(X509* cert, X509* issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    require(extension != nullptr, "cannot make an extension");
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
}

Cert start_cert(EVP_PKEY* key, const char* name, long from, long until) {
    Cert cert(X509_new(), X509_free);
    require(cert != nullptr, "cannot make a certificate");
    X509_set_version(cert.get(), 2);
    unsigned char serial[8];
    RAND_bytes(serial, sizeof serial);
    serial[0] &= 0x7F;
    BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert.get()));
    BN_free(number);
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), from);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), until);
    X509_set_pubkey(cert.get(), key);
    X509_NAME* subject = X509_get_subject_name(cert.get());
    const std::string text(name);
    X509_NAME_add_entry_by_txt(
        subject,
        "CN",
        MBSTRING_ASC,
        reinterpret_cast<const unsigned char*>(text.data()),
        static_cast<int>(text.size()),
        -1,
        0
    );
    return cert;
}

void sign(X509* cert, X509* issuer, EVP_PKEY* issuer_key) {
    X509_set_issuer_name(cert, X509_get_subject_name(issuer));
    require(X509_sign(cert, issuer_key, EVP_sha256()) > 0, "cannot sign");
}

Cert make_authority(EVP_PKEY* key, const char* name) {
    Cert cert = start_cert(key, name, -kDay, 30 * kDay);
    add_extension(cert.get(), cert.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(cert.get(), cert.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(cert.get(), cert.get(), NID_subject_key_identifier, "hash");
    sign(cert.get(), cert.get(), key);
    return cert;
}

std::string contents(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string cert_pem(X509* cert) {
    Memory memory(BIO_new(BIO_s_mem()), BIO_free_all);
    require(PEM_write_bio_X509(memory.get(), cert) == 1, "cannot write a certificate");
    return contents(memory.get());
}

std::string key_pem(EVP_PKEY* key) {
    Memory memory(BIO_new(BIO_s_mem()), BIO_free_all);
    const int ok =
        PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    require(ok == 1, "cannot write a key");
    return contents(memory.get());
}

}  // namespace

TlsIdentity make_tls_identity(Certificate kind) {
    const Key ca_key = make_key();
    const Cert ca = make_authority(ca_key.get(), "Sample cloud CA");
    const Key other_key = make_key();
    const Cert other = make_authority(other_key.get(), "Unknown CA");
    const bool untrusted = kind == Certificate::kUntrusted;
    X509* issuer = untrusted ? other.get() : ca.get();

    const bool expired = kind == Certificate::kExpired;
    const bool wrong_host = kind == Certificate::kWrongHost;
    const Key key = make_key();
    Cert cert = start_cert(
        key.get(),
        wrong_host ? "cloud.example.test" : "localhost",
        expired ? -10 * kDay : -kDay,
        expired ? -kDay : 30 * kDay
    );
    add_extension(
        cert.get(),
        issuer,
        NID_subject_alt_name,
        wrong_host ? "DNS:cloud.example.test" : "DNS:localhost,IP:127.0.0.1,IP:::1"
    );
    add_extension(cert.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(cert.get(), issuer, NID_ext_key_usage, "serverAuth");
    add_extension(cert.get(), issuer, NID_authority_key_identifier, "keyid");
    sign(cert.get(), issuer, untrusted ? other_key.get() : ca_key.get());
    return {cert_pem(ca.get()), cert_pem(cert.get()), key_pem(key.get())};
}

}  // namespace bn::testing::cloud
