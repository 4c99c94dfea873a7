package io.orizuru.attack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** What a tenant's code reaches from inside a unit and a build: the world, and nothing of this machine but what is allowed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledIfSystemProperty(named = "user.name", matches = "root")
@Timeout(300)
class NetworkIT {
    private static final String PROBE = """
            import socket

            def connect(place):
                host, port = place.rsplit(':', 1)
                try:
                    with socket.create_connection((host, int(port)), 4) as wire:
                        wire.settimeout(2)
                        try:
                            return 'connected ' + wire.recv(64).decode('latin-1')
                        except OSError:
                            return 'connected'
                except OSError as e:
                    return 'no: ' + str(e)

            def all(places):
                return '\\n'.join(place + ' ' + connect(place) for place in places.split(','))
            """;

    /** Does what it is asked to: as hostile as its visitor. */
    private static final String APP = """
            import http.server, os, resource, socket, sys, threading, urllib.parse
            import probe

            taken = []

            def take(first, last):
                count = 0
                for port in range(first, last + 1):
                    wire = socket.socket()
                    try:
                        wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                        wire.bind(('0.0.0.0', port))
                        wire.listen(5)
                        taken.append(wire)
                        count += 1
                    except OSError:
                        wire.close()
                return str(count)

            class Page(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    url = urllib.parse.urlparse(self.path)
                    asked = dict(urllib.parse.parse_qsl(url.query))
                    if url.path == '/connect':
                        text = probe.all(asked['to'])
                    elif url.path == '/take':
                        text = take(int(asked['first']), int(asked['last']))
                    elif os.path.exists(url.path[1:]):
                        text = open(url.path[1:]).read()
                    else:
                        text = 'I am ' + os.environ['TSURU_APPNAME']
                    body = text.encode()
                    self.send_response(200)
                    self.send_header('Content-Length', str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

                def do_POST(self):
                    os._exit(1)

                def log_message(self, *args):
                    pass

            http.server.ThreadingHTTPServer((os.environ.get('HOST', '0.0.0.0'), int(os.environ['PORT'])), Page).serve_forever()
            """;

    private static final Map<String, String> FILES =
            Map.of("Procfile", "web: python3 app.py\n", "app.py", APP, "probe.py", PROBE);

    private final List<ServerSocket> sockets = new ArrayList<>();
    private TestServer server;
    private Tenant tenant;
    private String here;
    /** Of this machine, for anybody who can connect. */
    private ServerSocket open;
    /** On the loopback, allowed by the operator. */
    private ServerSocket allowed;

    @BeforeAll
    void start() throws IOException {
        here = address();
        open = listen("0.0.0.0", "open");
        allowed = listen("127.0.0.1", "allowed");
        server = TestServer.start(settings -> {
            settings.put("listen", settings.required("listen").asText().replace("127.0.0.1", "0.0.0.0"));
            String service = "127.0.0.1:" + allowed.getLocalPort();
            ObjectNode units = settings.withObject("/units/network");
            units.putArray("reachable").add(service);
        });
        tenant = Tenant.of(server);
        tenant.create("thief", FILES);
        tenant.create("neighbour", FILES);
    }

    @AfterAll
    void stop() throws IOException {
        if (server != null) {
            server.close();
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
    }

    /** Of this machine, as others see it. */
    private static String address() throws IOException {
        return NetworkInterface.networkInterfaces()
                .filter(device -> !device.getName().startsWith("oz"))
                .flatMap(device -> device.getInterfaceAddresses().stream())
                .map(InterfaceAddress::getAddress)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .map(InetAddress::getHostAddress)
                .findFirst()
                .orElse("127.0.0.1");
    }

    private ServerSocket listen(String host, String says) throws IOException {
        ServerSocket socket = new ServerSocket(0, 50, InetAddress.getByName(host));
        sockets.add(socket);
        Thread.ofVirtual().start(() -> {
            while (!socket.isClosed()) {
                try (Socket visitor = socket.accept();
                        OutputStream out = visitor.getOutputStream()) {
                    out.write(says.getBytes(UTF_8));
                } catch (IOException e) {
                    // The next one.
                }
            }
        });
        return socket;
    }

    /** All of this machine and of the neighbours that anybody could want. */
    private String forbidden() {
        List<String> places = new ArrayList<>();
        List<String> ports = new ArrayList<>(List.of(
                Integer.toString(server.api().getPort()),
                Integer.toString(server.router().getPort()),
                Integer.toString(open.getLocalPort()),
                "5432"));
        for (String port : ports) {
            for (String host : List.of("127.0.0.1", "0.0.0.0", here, gateway())) {
                places.add(host + ":" + port);
            }
        }
        places.add("127.0.0.1:" + allowed.getLocalPort());
        places.add(here + ":" + allowed.getLocalPort());
        places.add("169.254.169.254:80");
        for (String neighbour : tenant.addresses("neighbour")) {
            places.add(neighbour + ":8888");
        }
        return String.join(",", places);
    }

    private String gateway() {
        return tenant.addresses("thief").getFirst().replaceFirst("\\.\\d+\\.\\d+$", ".0.1");
    }

    private static void assertNothing(String found) {
        assertThat(found.lines()).isNotEmpty().allMatch(line -> line.contains(" no: "));
    }

    private String tried(String app, String places) {
        return tenant.visit(app, "/connect?to=" + places).body();
    }

    @Test
    void aUnitReachesNeitherItsNeighboursNorThisMachine() throws IOException {
        assertNothing(tried("thief", forbidden()));
    }

    @Test
    void aUnitReachesWhatIsAllowedAndIsReachedByTheRouter() {
        assertThat(tried("thief", gateway() + ":" + allowed.getLocalPort())).endsWith("connected allowed");
        assertThat(tenant.visit("neighbour", "/").body()).isEqualTo("I am neighbour");
        assertThat(tenant.info("thief").path("units").path(0).path("HostPort").asText())
                .isEqualTo("8888");
    }

    @Test
    void aBuildReachesNoMoreThanAUnit() throws IOException {
        tenant.create(
                "builder",
                Map.of(
                        "Procfile",
                        "web: python3 app.py\n",
                        "app.py",
                        APP,
                        "probe.py",
                        PROBE,
                        "tsuru.yaml",
                        "hooks:\n  build:\n    - \"python3 -c 'import probe; print(probe.all(\\\"" + forbidden() + ","
                                + gateway() + ":" + allowed.getLocalPort() + "\\\"))' > found\"\n"));
        assertNothing(tenant.visit("builder", "/found").body());
    }

    @Test
    void whoeverTakesAllPortsTakesThemFromNobody() {
        tenant.create("hog", FILES);
        assertThat(tenant.visit("hog", "/take?first=20000&last=20900").body()).isEqualTo("901");
        assertThat(tenant.visit("hog", "/take?first=5432&last=5432").body()).isEqualTo("1");
        assertThat(tenant.visit("hog", "/take?first=8080&last=8082").body()).isEqualTo("3");
        tenant.create("late", FILES);
        assertThat(tenant.visit("late", "/").body()).isEqualTo("I am late");
        assertThat(tenant.visit("neighbour", "/").body()).isEqualTo("I am neighbour");
    }

    @Test
    void anAppThatListensOnItsLoopbackOnlyIsServed() {
        tenant.create(
                "shy", Map.of("Procfile", "web: HOST=127.0.0.1 python3 app.py\n", "app.py", APP, "probe.py", PROBE));
        assertThat(tenant.visit("shy", "/").body()).isEqualTo("I am shy");
    }

    @Test
    void aUnitWhoseProcessEndedGetsNoRequestsWhileAnotherLives() throws InterruptedException {
        tenant.create("pair", FILES);
        HttpResponse<String> added = tenant.put("/1.0/apps/pair/units", Map.of("units", "1", "process", "web"));
        assertThat(added.statusCode()).isEqualTo(200);
        assertThat(tenant.addresses("pair")).hasSize(2);
        for (int round = 0; round < 2; round++) {
            // Its answer never comes, and nobody else is asked for one.
            assertThat(tenant.end("pair").statusCode()).isEqualTo(502);
            long end = System.nanoTime() + Duration.ofMillis(600).toNanos();
            while (System.nanoTime() < end) {
                assertThat(tenant.visit("pair", "/").body()).isEqualTo("I am pair");
            }
            while (!tenant.info("pair").path("units").findValuesAsText("Status").stream()
                    .allMatch("started"::equals)) {
                Thread.sleep(100);
            }
        }
    }

    @Test
    void commandsInAUnitAreInItsNetwork() throws IOException {
        String command = "python3 -c 'import probe; print(probe.all(\"127.0.0.1:8888," + forbidden() + "\"))'";
        for (String once : List.of("false", "true")) {
            HttpResponse<String> said = tenant.form("/1.0/apps/thief/run", Map.of("command", command, "once", once));
            List<String> found =
                    said.body().lines().filter(line -> line.contains(":")).toList();
            assertThat(found).anyMatch(line -> line.contains("127.0.0.1:8888 connected"));
            assertThat(found.stream().filter(line -> line.contains(" connected")))
                    .allMatch(line -> line.contains("127.0.0.1:8888"));
        }
        String isolated = "python3 -c 'import probe; print(probe.all(\"" + forbidden() + "\"))'";
        HttpResponse<String> aside =
                tenant.form("/1.0/apps/thief/run", Map.of("command", isolated, "isolated", "true"));
        assertThat(aside.body()).contains(" no: ").doesNotContain(" connected");
    }

    @Test
    void unitsLiveOnInTheirNetworksWhenTheServerIsKilledAndTheRulesComeBack() throws Exception {
        List<String> before = tenant.addresses("neighbour");
        server.kill();
        run("nft", "delete", "table", "inet", table());
        server.restart();
        assertThat(tenant.addresses("neighbour")).isEqualTo(before);
        assertThat(tenant.visit("neighbour", "/").body()).isEqualTo("I am neighbour");
        assertNothing(tried("thief", forbidden()));
        run("nft", "flush", "table", "inet", table());
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!run("nft", "list", "table", "inet", table()).contains("goto units") && System.nanoTime() < end) {
            Thread.sleep(100);
        }
        assertNothing(tried("thief", forbidden()));
    }

    @Test
    void nothingIsLeftOfTheNetworkOfAnAppThatIsRemoved() throws IOException {
        tenant.create("brief", FILES);
        String address = tenant.addresses("brief").getFirst();
        assertThat(places(address)).hasSize(2);
        assertThat(tenant.delete("/1.0/apps/brief").statusCode()).isEqualTo(200);
        assertThat(places(address)).isEmpty();
        assertThat(server.run("doctor").output()).doesNotContain("address/");
    }

    /** The files that speak of an address. */
    private List<Path> places(String address) throws IOException {
        String last = Integer.toHexString(Arrays.stream(address.split("\\."))
                .skip(2)
                .mapToInt(Integer::parseInt)
                .reduce(0, (high, low) -> high << 8 | low));
        return Stream.of(Path.of("/run/orizuru/addresses", address), Path.of("/run/netns", prefix() + "u" + last))
                .filter(Files::exists)
                .toList();
    }

    private String table() throws IOException {
        return "orizuru_" + prefix();
    }

    private String prefix() throws IOException {
        String data = server.data().resolve("units").toRealPath().toString();
        try (Stream<Path> engines = Files.list(Path.of("/run/orizuru/engines"))) {
            for (Path engine : engines.toList()) {
                if (Files.readString(engine).strip().equals(data)) {
                    return engine.getFileName().toString();
                }
            }
        }
        throw new AssertionError("the engine of " + data + " is not on record");
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(Arrays.stream(command).collect(Collectors.joining(" ")) + ": " + output)
                .isZero();
        return output;
    }
}
