package io.orizuru.config;

import io.orizuru.config.NetworkSettings.Access;
import io.orizuru.config.NetworkSettings.Destination;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what the settings file says of networks. All of it is IPv4, as units have no other addresses. */
final class NetworkSection {
    static final Set<String> OF_UNITS = Set.of("range", "nameservers", "outside", "allow", "deny", "reachable");
    static final Set<String> OF_BUILDS = Set.of("outside", "allow", "deny", "reachable");

    private static final String ADDRESS = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}";
    private static final Pattern NETWORK =
            Pattern.compile("(?<address>" + ADDRESS + ")(?:/(?<prefix>\\d{1,2}))?(?::(?<port>\\d{1,5}))?");
    /** More units than any machine bears, and no more bits than a name of an interface has room for. */
    private static final int WIDEST = 10;

    private static final int NARROWEST = 24;

    private final BiConsumer<String, String> problems;

    /** @param problems gets a setting and what is wrong with it */
    NetworkSection(BiConsumer<String, String> problems) {
        this.problems = problems;
    }

    Network range(String path, String text) {
        Matcher matcher = NETWORK.matcher(text);
        if (matcher.matches() && matcher.group("prefix") != null && matcher.group("port") == null) {
            int prefix = Integer.parseInt(matcher.group("prefix"));
            if (prefix >= WIDEST && prefix <= NARROWEST) {
                Network network = Network.parse(text);
                int first = bits(network);
                if ((first & (0xffffffff >>> prefix)) == 0) {
                    return network;
                }
            }
        }
        problems.accept(
                path,
                "\"" + text + "\" is not a network such as 100.96.0.0/16, from /" + WIDEST + " to /" + NARROWEST
                        + ", given by its first address");
        return NetworkSettings.DEFAULT.range();
    }

    private static int bits(Network network) {
        int bits = 0;
        for (byte part : network.address().getAddress()) {
            bits = bits << 8 | (part & 0xff);
        }
        return bits;
    }

    List<String> nameservers(String path, List<String> texts) {
        for (String text : texts) {
            if (!text.matches(ADDRESS) || Endpoint.isLoopback(text)) {
                problems.accept(
                        path,
                        "\"" + text + "\" is not the address of a nameserver that units can reach, such as 192.0.2.53");
            }
        }
        return texts;
    }

    Access access(String path, String outside, List<String> allow, List<String> deny, List<String> reachable) {
        if (!outside.equals("all") && !outside.equals("none")) {
            problems.accept(path + ".outside", "\"" + outside + "\" is neither all nor none");
        }
        return new Access(
                outside.equals("all"),
                destinations(path + ".allow", allow),
                destinations(path + ".deny", deny),
                services(path + ".reachable", reachable));
    }

    private List<Destination> destinations(String path, List<String> texts) {
        List<Destination> destinations = new ArrayList<>();
        for (String text : texts) {
            Matcher matcher = NETWORK.matcher(text);
            int prefix = matcher.matches() && matcher.group("prefix") != null
                    ? Integer.parseInt(matcher.group("prefix"))
                    : 32;
            String port = matcher.matches() ? matcher.group("port") : null;
            if (!matcher.matches() || prefix > 32 || (port != null && !isPort(port))) {
                problems.accept(path, "\"" + text + "\" is not a network such as 10.0.0.0/8 or 192.0.2.25:25");
                continue;
            }
            destinations.add(new Destination(
                    Network.parse(matcher.group("address") + "/" + prefix), port == null ? 0 : Integer.parseInt(port)));
        }
        return destinations;
    }

    private static boolean isPort(String text) {
        int port = Integer.parseInt(text);
        return port >= 1 && port <= 65_535;
    }

    private List<Endpoint> services(String path, List<String> texts) {
        List<Endpoint> services = new ArrayList<>();
        Set<Integer> onLoopback = new HashSet<>();
        for (String text : texts) {
            Matcher matcher = NETWORK.matcher(text);
            if (!matcher.matches()
                    || matcher.group("prefix") != null
                    || matcher.group("port") == null
                    || !isPort(matcher.group("port"))
                    || text.startsWith("0.")) {
                problems.accept(path, "\"" + text + "\" is not a service of this machine such as 127.0.0.1:5432");
                continue;
            }
            Endpoint service = new Endpoint(matcher.group("address"), Integer.parseInt(matcher.group("port")));
            if (service.isLoopback() && !onLoopback.add(service.port())) {
                problems.accept(
                        path,
                        "\"" + text + "\" has the port of another service on the loopback; by the one address that both"
                                + " are reached at they cannot be told apart");
            }
            services.add(service);
        }
        return services;
    }
}
