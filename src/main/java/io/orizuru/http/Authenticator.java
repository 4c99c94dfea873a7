package io.orizuru.http;

import io.orizuru.access.Caller;

/** Tells who a token belongs to. */
public interface Authenticator {
    /**
     * The caller of a token, {@link Caller#ANONYMOUS} for one that is unknown, expired or revoked.
     *
     * @param token the credential without its scheme word
     */
    Caller authenticate(String token);
}
