package io.orizuru.secret;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import io.orizuru.failure.Failure;
import java.security.SecureRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Password hashes: Argon2id with 19 MiB, two passes, one lane (the first of OWASP's recommended settings that suits a
 * small machine). At most two are computed at once, so that a storm of log-ins costs time, not memory.
 */
public final class Passwords {
    private static final int MEMORY_KIB = 19 * 1024;
    private static final int PASSES = 2;
    private static final int LANES = 1;
    private static final int HASH_BYTES = 32;
    private static final int SALT_BYTES = 16;
    private static final int AT_ONCE = 2;
    private static final long LONGEST_WAIT_SECONDS = 20;

    private final Semaphore turns = new Semaphore(AT_ONCE, true);
    private final SecureRandom random;

    public Passwords(SecureRandom random) {
        this.random = random;
    }

    /**
     * The hash to store, with its salt and parameters inside.
     *
     * @throws Failure unavailable, if too many others are being computed, also from {@link #verify}
     */
    public String hash(String password) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        return inTurn(() -> Password.hash(password).addSalt(salt).with(argon2()).getResult());
    }

    /** Not made before the first password comes: the library keeps {@value #MEMORY_KIB} KiB for it from then on. */
    private static Argon2Function argon2() {
        return Argon2Function.getInstance(MEMORY_KIB, PASSES, LANES, HASH_BYTES, Argon2.ID);
    }

    /** Whether {@code hash} was made of {@code password}, with whatever parameters the hash names. */
    public boolean verify(String password, String hash) {
        return inTurn(() -> Password.check(password, hash).with(Argon2Function.getInstanceFromHash(hash)));
    }

    private <T> T inTurn(Supplier<T> work) {
        try {
            if (!turns.tryAcquire(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw busy();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw busy();
        }
        try {
            return work.get();
        } finally {
            turns.release();
        }
    }

    private static Failure busy() {
        return Failure.unavailable("too many log-ins at once; try again in a moment");
    }
}
