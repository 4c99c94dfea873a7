package io.orizuru.secret;

/** A ciphertext was made with another key or for another place, or it was changed since. */
public final class UndecipherableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UndecipherableException(String context, Throwable cause) {
        super("what is stored for " + context + " cannot be decrypted with the key of this server", cause);
    }
}
