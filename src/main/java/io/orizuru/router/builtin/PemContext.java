package io.orizuru.router.builtin;

import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;

/** TLS for a server of the JDK, from the files that servers usually have. */
public final class PemContext {
    private PemContext() {}

    /**
     * Reads them once.
     *
     * @param certificate a chain, PEM
     * @param key unencrypted PKCS#8, PEM
     * @throws IOException when they cannot be read or do not belong together
     */
    public static SSLContext of(Path certificate, Path key) throws IOException {
        try {
            JdkSslContext context = (JdkSslContext) SslContextBuilder.forServer(certificate.toFile(), key.toFile())
                    .sslProvider(SslProvider.JDK)
                    .build();
            return context.context();
        } catch (IllegalArgumentException e) {
            throw new IOException("the certificate " + certificate + " and its key " + key + " cannot be used", e);
        }
    }
}
