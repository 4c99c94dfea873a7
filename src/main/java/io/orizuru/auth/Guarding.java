package io.orizuru.auth;

import io.orizuru.access.Caller;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.secret.Tokens;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Slows down whoever guesses passwords: the first ten failures of an account from an address are free, each further one
 * doubles the wait, up to fifteen minutes. Never an address alone, which many people may share; never an account alone, or
 * anybody could lock anybody out; and never a caller who is logged in to the account already.
 */
@ApplicationScoped
class Guarding {
    private static final int FREE = 10;
    private static final Duration MEMORY = Duration.ofMinutes(15);
    private static final int NETWORK_OF_IPV6_BYTES = 8;

    private final FailureStore store;
    private final Tokens tokens;

    Guarding(FailureStore store, Tokens tokens) {
        this.store = store;
        this.tokens = tokens;
    }

    /**
     * Lets an attempt begin; it counts as failed until it {@link #succeeded}.
     *
     * @throws Failure if the caller has to wait
     */
    void begin(Call call, String account) {
        if (isLoggedIn(call, account)) {
            return;
        }
        byte[] subject = subject(call, account);
        if (!store.count(subject, FREE, MEMORY)) {
            Duration wait = store.blocked(subject);
            long seconds = Math.max(1, wait.toSeconds());
            throw Failure.tooMany(
                    "Too many failed log-ins to this account from your address; try again in " + seconds
                            + (seconds == 1 ? " second." : " seconds."),
                    Duration.ofSeconds(seconds));
        }
    }

    void succeeded(Call call, String account) {
        if (!isLoggedIn(call, account)) {
            store.forget(subject(call, account));
        }
    }

    void sweep() {
        store.forgetOlderThan(MEMORY);
    }

    private static boolean isLoggedIn(Call call, String account) {
        return call.caller().type() == Caller.Type.USER && call.caller().name().equals(account);
    }

    private byte[] subject(Call call, String account) {
        return tokens.hash(account.toLowerCase(Locale.ROOT) + "\n" + network(call.sourceAddress()));
    }

    /** Whoever has one IPv6 address has the 2⁶⁴ of its network. */
    static String network(String address) {
        if (!address.contains(":")) {
            return address;
        }
        try {
            byte[] bytes = InetAddress.ofLiteral(address).getAddress();
            return bytes.length == 16
                    ? HexFormat.of().formatHex(Arrays.copyOf(bytes, NETWORK_OF_IPV6_BYTES))
                    : InetAddress.getByAddress(bytes).getHostAddress();
        } catch (UnknownHostException | IllegalArgumentException e) {
            return address;
        }
    }
}
