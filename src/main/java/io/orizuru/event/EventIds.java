package io.orizuru.event;

import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Ids of events: 24 hexadecimal digits, the first 8 the second of their making, the rest random. */
@ApplicationScoped
public class EventIds {
    private static final Pattern FORMAT = Pattern.compile("[0-9a-f]{24}");

    private final Clock clock;
    private final SecureRandom random;

    EventIds(Clock clock, SecureRandom random) {
        this.clock = clock;
        this.random = random;
    }

    String next() {
        byte[] tail = new byte[8];
        random.nextBytes(tail);
        return String.format("%08x", clock.instant().getEpochSecond())
                + HexFormat.of().formatHex(tail);
    }

    /** Refuses what cannot be an id. */
    public static String checked(String parameter, String id) {
        if (!FORMAT.matcher(id).matches()) {
            throw Failure.invalid(parameter + " parameter is not ObjectId: " + id);
        }
        return id;
    }
}
