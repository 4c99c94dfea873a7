package io.orizuru.secret;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import io.orizuru.failure.Failure;
import java.security.SecureRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Password hashes: Argon2id with 19 MiB, two passes, one lane (the first of OWASP's recommended settings that suits a
 * small machine). At most two are computed at once, so that a storm of log-ins costs time, not memory; and not more wait
 * than can be answered before their callers give up.
 */
public final class Passwords {
    private static final int MEMORY_KIB = 19 * 1024;
    private static final int PASSES = 2;
    private static final int LANES = 1;
    private static final int HASH_BYTES = 32;
    private static final int SALT_BYTES = 16;
    private static final int AT_ONCE = 2;
    private static final int MOST_WAITING = 128;
    private static final long LONGEST_WAIT_SECONDS = 20;
    private static final long IDLE_SECONDS = 30;

    /**
     * Threads of the operating system, which shares the processor out between them and the rest. A virtual thread that
     * computes keeps its carrier, and whoever waits for a turn would get it before all others: with as many turns as
     * carriers no other request would go on until the last log-in is done.
     */
    private final ThreadPoolExecutor hashers;

    private final SecureRandom random;

    public Passwords(SecureRandom random) {
        this(random, MOST_WAITING);
    }

    Passwords(SecureRandom random, int mostWaiting) {
        this.random = random;
        hashers = new ThreadPoolExecutor(
                AT_ONCE,
                AT_ONCE,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(mostWaiting),
                Thread.ofPlatform().daemon().name("password-", 1).factory());
        hashers.allowCoreThreadTimeOut(true);
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

    private <T> T inTurn(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        try {
            hashers.execute(task);
            return task.get(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (RejectedExecutionException | TimeoutException e) {
            throw busy();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw busy();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a password cannot be hashed", e.getCause());
        } finally {
            // Nobody waits for it any more, so it needs no turn.
            hashers.remove(task);
        }
    }

    private static Failure busy() {
        return Failure.unavailable("too many log-ins at once; try again in a moment");
    }
}
