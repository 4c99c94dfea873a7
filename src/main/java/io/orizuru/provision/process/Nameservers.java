package io.orizuru.provision.process;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whom units ask for names. Where this machine asks a resolver of its own, on its loopback, which units do not reach, they
 * ask those that this one asks.
 *
 * @param addresses IPv4
 * @param file a {@code resolv.conf} that says so; null when the machine's own does
 */
record Nameservers(List<String> addresses, @Nullable String file) {
    private static final String ADDRESS = "\\d{1,3}(\\.\\d{1,3}){3}";
    private static final Path OWN = Path.of("/etc/resolv.conf");
    /** Where systemd tells whom its resolver asks. */
    private static final Path UPSTREAM = Path.of("/run/systemd/resolve/resolv.conf");

    /** @param chosen by the operator; empty for those of this machine */
    static Nameservers ofThisMachine(List<String> chosen) {
        return of(chosen, DurableFiles.readText(OWN), DurableFiles.readText(UPSTREAM));
    }

    /**
     * @param own the machine's {@code resolv.conf}
     * @param upstream of the resolver on its loopback; may be empty
     */
    static Nameservers of(List<String> chosen, String own, String upstream) {
        List<String> named = addresses(own).toList();
        List<String> reachable = chosen;
        if (reachable.isEmpty()) {
            reachable = named.stream().filter(Nameservers::isReachable).toList();
        }
        if (reachable.isEmpty()) {
            reachable = addresses(upstream).filter(Nameservers::isReachable).toList();
        }
        if (reachable.isEmpty() || reachable.equals(named)) {
            return new Nameservers(reachable, null);
        }
        StringBuilder file = new StringBuilder();
        reachable.forEach(address -> file.append("nameserver ").append(address).append('\n'));
        own.lines().filter(line -> line.matches("(search|domain|options)\\s.*")).forEach(line -> file.append(line)
                .append('\n'));
        return new Nameservers(reachable, file.toString());
    }

    private static Stream<String> addresses(String text) {
        return text.lines()
                .map(line -> line.strip().split("\\s+"))
                .filter(words -> words.length > 1 && words[0].equals("nameserver"))
                .map(words -> words[1])
                .distinct();
    }

    private static boolean isReachable(String address) {
        return address.matches(ADDRESS) && !address.startsWith("127.") && !address.startsWith("0.");
    }
}
