package io.orizuru.provision.process;

import io.orizuru.config.Endpoint;
import io.orizuru.config.NetworkSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The network of a unit or build where the server is not root: a namespace whose way out is a process, pasta, that connects on
 * its behalf. It lives and ends with what is inside, and is reached by a port of this machine's loopback.
 *
 * @param port of this machine that leads inside; 0 for none
 */
record Passage(int port) {
    /** Where a unit or a build keeps what is let in and out; the supervisor starts pasta when it finds it. */
    static final String RECORD = "passage";

    /** Whether the one in {@code directory} has such a network. */
    static boolean isRecordedIn(Path directory) {
        return Files.exists(directory.resolve(RECORD));
    }

    /** Before anything is started that is to be in it. */
    void record(Path directory, NetworkSettings settings, NetworkSettings.Access access) throws IOException {
        List<Endpoint> services = Firewall.loopback(access);
        String ports = services.isEmpty()
                ? "none"
                : services.stream()
                        .map(service -> Integer.toString(service.port()))
                        .collect(Collectors.joining(","));
        AddressRange range = new AddressRange(settings.range());
        // Not this machine's address, as pasta would choose: what is to be reached there would not be.
        DurableFiles.writeText(
                directory.resolve(RECORD),
                String.join(" ", Integer.toString(port), ports, range.address(range.number(0)), range.gateway())
                        + "\n");
    }

    /** Writes the rules that are to be in force inside. */
    static void rules(Path directory, NetworkSettings settings, NetworkSettings.Access access) throws IOException {
        String text = new PassageRules(
                        new AddressRange(settings.range()),
                        Nameservers.ofThisMachine(settings.nameservers()).addresses(),
                        ofThisMachine(),
                        settings.routers(),
                        access)
                .text();
        DurableFiles.write(directory.resolve("rules"), text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Whether something listens inside on the port that units are told.
     *
     * @param net the directory of {@code /proc} that tells of its network
     */
    static boolean isOpen(Path net) {
        // Local address and port, remote ones, and the state: 0A listens.
        String listener = "\\s*\\d+: [0-9A-F]+:" + String.format("%04X", Netspace.PORT) + " [0-9A-F]+:0000 0A .*";
        return Stream.of("tcp", "tcp6")
                .flatMap(name -> DurableFiles.readText(net.resolve(name)).lines())
                .anyMatch(line -> line.matches(listener));
    }

    /** Those that pasta could connect to on its behalf, and that others cannot. */
    private static List<String> ofThisMachine() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(device -> device.getInterfaceAddresses().stream())
                    .map(InterfaceAddress::getAddress)
                    .filter(Inet4Address.class::isInstance)
                    .filter(address -> !address.isLoopbackAddress())
                    .map(InetAddress::getHostAddress)
                    .distinct()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("the addresses of this machine cannot be read", e);
        }
    }
}
