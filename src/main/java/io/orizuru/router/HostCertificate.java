package io.orizuru.router;

import io.orizuru.secret.Secret;

/**
 * What is shown to visitors of a name.
 *
 * @param host the host name, lower case; a leading {@code *.} stands for any one or more labels
 * @param fingerprint which certificate it is: SHA-256, hexadecimal
 * @param chain PEM, the server's own certificate first
 * @param key its private key: PKCS#8, PEM
 */
public record HostCertificate(String host, String fingerprint, String chain, Secret key) {}
