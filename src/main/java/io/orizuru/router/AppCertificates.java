package io.orizuru.router;

import java.util.List;

/**
 * What visitors of an app's names are shown over TLS.
 *
 * @param app the app's name
 * @param epoch rises with every change; not an epoch of the app's routes
 * @param certificates one for each name that has one; none removes those that were there
 */
public record AppCertificates(String app, long epoch, List<HostCertificate> certificates) {
    public AppCertificates {
        certificates = List.copyOf(certificates);
    }
}
