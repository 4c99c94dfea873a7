package io.orizuru.outgoing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.orizuru.outgoing.OutgoingFailure.Rule;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class EvasionsTest {
    private static final Map<String, List<InetAddress>> NAMES = Map.of(
            "localhost", addresses("127.0.0.1"),
            "metadata.example", addresses("169.254.169.254"),
            "127.0.0.1.names.example", addresses("127.0.0.1"),
            "private.example", addresses("10.1.2.3"),
            "mapped.example", List.of(mapped()),
            "zoned.example", List.of(zoned()),
            "mixed.example", addresses("8.8.8.8", "192.168.0.1"),
            "mixed6.example", addresses("2600::1", "fd00::1", "8.8.8.8"),
            "empty.example", List.of());

    private final Door door = new Door(Door.Limits.standard(), List.of(), EvasionsTest::resolve);

    static Stream<Arguments> evasions() throws IOException {
        try (InputStream in = Objects.requireNonNull(EvasionsTest.class.getResourceAsStream("evasions.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                            .map(line -> line.split(" \\| "))
                            .map(parts -> Arguments.of(parts[0].translateEscapes(), Rule.valueOf(parts[1]), parts[2]))
                            .toList()
                            .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("evasions")
    void isRefused(String address, Rule rule, String message) {
        OutgoingFailure failure = catchThrowableOfType(
                OutgoingFailure.class, () -> door.open(Call.get(address).timeout(TEN_SECONDS)));

        assertThat(failure).hasMessageContaining(message);
        assertThat(failure.rule()).isEqualTo(rule);
        assertThat(failure.getMessage()).doesNotContain("password@").doesNotContainPattern("\\p{Cntrl}");
    }

    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

    @Test
    void thereAreEnoughOfThem() throws IOException {
        assertThat(evasions()).hasSizeGreaterThan(140);
    }

    @ParameterizedTest
    @MethodSource("evasions")
    void isRefusedForOtherProtocolsToo(String address, Rule rule, String message) {
        if (rule != Rule.DESTINATION) {
            return;
        }
        String host =
                address.replaceFirst("https?://", "").replaceFirst("/.*", "").replaceFirst("(?<!:):[0-9]+$", "");
        String bare = host.startsWith("[") ? host.substring(1, host.indexOf(']')) : host;

        OutgoingFailure failure =
                catchThrowableOfType(OutgoingFailure.class, () -> door.connect(bare, 6379, TEN_SECONDS));

        assertThat(failure).as(bare).hasMessageContaining(message);
    }

    private static List<InetAddress> resolve(String name) throws UnknownHostException {
        List<InetAddress> found = NAMES.get(name);
        if (found == null) {
            throw new UnknownHostException(name);
        }
        return found;
    }

    private static List<InetAddress> addresses(String... literals) {
        return Arrays.stream(literals).map(InetAddress::ofLiteral).toList();
    }

    /** An IPv4 address that stays in its IPv6 clothes, which only this factory makes. */
    private static InetAddress mapped() {
        byte[] bytes = new byte[16];
        bytes[10] = bytes[11] = (byte) 0xff;
        bytes[12] = 127;
        bytes[15] = 1;
        return scoped(bytes, -1);
    }

    private static InetAddress zoned() {
        byte[] bytes = new byte[16];
        bytes[0] = (byte) 0xfe;
        bytes[1] = (byte) 0x80;
        bytes[15] = 1;
        return scoped(bytes, 1);
    }

    private static InetAddress scoped(byte[] bytes, int scope) {
        try {
            return Inet6Address.getByAddress("", bytes, scope);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
