package io.orizuru.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.orizuru.testing.RawTar;
import io.orizuru.testing.RawZip;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Hostile archives through the API, uploaded and fetched: each deploy ends with the reason, and the app serves on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class HostileArchivesIT {
    private static final String APP = "target";

    private TestServer server;
    private Installation here;
    private HttpServer elsewhere;

    @BeforeAll
    void start() throws IOException {
        elsewhere = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server = TestServer.start(
                settings -> settings.putObject("outgoing").putArray("allow").add("127.0.0.1/32"));
        here = Installation.on(server);
        here.create(APP, "static", Source.example("static"));
        elsewhere.start();
    }

    @AfterAll
    void stop() {
        elsewhere.stop(0);
        server.close();
    }

    private static Map<String, byte[]> hostile() {
        RawZip zip = new RawZip();
        RawZip.Facts kernel = zip.written("kernel", 0100644, new byte[1 << 20]);
        for (int i = 0; i < 3000; i++) {
            zip.listed("f" + i, kernel);
        }
        Map<String, byte[]> archives = new TreeMap<>();
        archives.put(
                "\"../../outside\" has \"..\" in its name",
                RawTar.gzip(new RawTar().file("../../outside", 0644, "x").tar()));
        archives.put(
                "\"up\" links to \"../../../../..\", outside the archive",
                new RawTar()
                        .file("f", 0644, "x")
                        .symbolicLink("up", "../../../../..")
                        .tar());
        archives.put(
                "\"null\" is a device",
                new RawTar().entry("null", '3', 0666, new byte[0], "").tar());
        archives.put("\"f1\" shares bytes with another entry", zip.zip());
        archives.put(
                "\"zeros\" makes the archive unpack to more than 2048 MiB",
                RawTar.gzip(new RawTar()
                        .header("zeros", '0', 0644, RawTar.octal(7L << 30), "")
                        .content(new byte[4 << 20])
                        .tar()));
        archives.put(
                "the archive is neither a tar, nor a gzip'd tar, nor a zip",
                "hello".repeat(500).getBytes(UTF_8));
        return archives;
    }

    @Test
    void uploadedOnesEndTheirDeployWithTheReasonAndLeaveNothing() {
        List<String> before = files();
        Visits visits = Visits.of(here.visitor(APP));
        try (visits) {
            hostile().forEach((refusal, archive) -> {
                assertRefused(here.tsuru().deploy(APP, archive), refusal);
                assertThat(files()).isEqualTo(before);
            });
        }
        assertThat(visits.failed()).isEmpty();
        assertThat(visits.served()).isPositive();
        assertThat(here.units(APP)).hasSize(1);
    }

    @Test
    void fetchedOnesAreRefusedAlikeAndHonestOnesAreDeployed() {
        List<String> before = files();
        hostile().forEach((refusal, archive) -> {
            assertRefused(deploy(serve(archive)), refusal);
            assertThat(files()).isEqualTo(before);
        });
        Reply deployed = deploy(serve(Source.example("static")
                .replacing("index.html", "It flies", "It flies, fetched")
                .archive()));
        assertThat(deployed.body()).endsWith("\nOK\n");
        assertThat(here.visitor(APP).page()).contains("It flies, fetched");
    }

    @Test
    void whatCannotBeFetchedIsTold() {
        List<String> before = files();
        Reply missing = deploy(address("/nothing-here"));
        assertThat(missing.status()).isEqualTo(200);
        assertThat(missing.body()).contains("the archive cannot be fetched: the answer's status is 404");
        Reply inside = deploy("http://169.254.169.254/archive.tar.gz");
        assertThat(inside.status()).isEqualTo(200);
        assertThat(inside.body())
                .contains("the archive cannot be fetched", "169.254.169.254")
                .doesNotEndWith("\nOK\n");
        assertThat(files()).isEqualTo(before);
    }

    private void assertRefused(Reply reply, String refusal) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.body()).contains(refusal).doesNotEndWith("\nOK\n");
        Reply told = here.tsuru().get("/1.0/deploys/" + reply.header("X-Tsuru-Eventid"));
        assertThat(told.json().path("Error").asText()).contains(refusal);
    }

    private Reply deploy(String address) {
        return here.tsuru().post("/1.0/apps/" + APP + "/deploy", "archive-url", address, "origin", "app-deploy");
    }

    private String serve(byte[] archive) {
        String path = "/" + System.nanoTime();
        elsewhere.createContext(path, exchange -> {
            exchange.sendResponseHeaders(200, archive.length);
            exchange.getResponseBody().write(archive);
            exchange.close();
        });
        return address(path);
    }

    private String address(String path) {
        return "http://127.0.0.1:" + elsewhere.getAddress().getPort() + path;
    }

    /** All that deploys could leave: archives, uploads under way, attempts, trees, and what archives wanted to write. */
    private List<String> files() {
        Path data = server.data();
        return Stream.of("archives", "units/apps", "units/apps/" + APP, "units/apps/" + APP + "/builds")
                .flatMap(directory -> list(data.resolve(directory)).stream())
                .map(path -> data.relativize(path).toString())
                .sorted()
                .toList();
    }

    private static List<Path> list(Path directory) {
        try (Stream<Path> found = Files.list(directory)) {
            return found.toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
