package io.orizuru.http;

import io.orizuru.access.Caller;

/** Tells who a token belongs to. */
public interface Authenticator {
    /**
     * The bearer of a token.
     *
     * @param caller {@link Caller#ANONYMOUS} for a token that is unknown, expired or revoked
     * @param passwordExpired whether the caller must change its password before anything else
     */
    record Bearer(Caller caller, boolean passwordExpired) {
        public static final Bearer NOBODY = new Bearer(Caller.ANONYMOUS, false);

        public static Bearer of(Caller caller) {
            return new Bearer(caller, false);
        }
    }

    /**
     * Who bears a token now.
     *
     * @param token the credential without its scheme word
     */
    Bearer authenticate(String token);
}
