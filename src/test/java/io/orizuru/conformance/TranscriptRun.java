package io.orizuru.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.orizuru.conformance.Transcript.Said;
import io.orizuru.conformance.Transcript.Step;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Types recorded command lines into the {@code tsuru} client itself, one transcript after the other on one server, and compares
 * what it prints. The client is no part of this project, so this is not among the usual tests:
 *
 * <pre>mvn verify -Pclient -Dclient.path=PATH_OF_TSURU</pre>
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TranscriptRun {
    private static final String CLIENT = System.getProperty("client.path", "");
    private static final long LONGEST_SECONDS = 60;
    private static final Set<String> HAVE = Set.of("none", "app", "routers");

    private final Map<String, ClientDifference> differences;
    private @Nullable TestServer server;

    @TempDir
    Path folder;

    TranscriptRun() throws IOException {
        differences = ClientDifference.read(ConformanceIT.FILES.resolve("cli-differences.yaml"));
    }

    @BeforeAll
    void open() {
        assertThat(Path.of(CLIENT)).as("-Dclient.path").isExecutable();
        // The newest reference, against which they were recorded, knew no other kind of pool.
        server = TestServer.start(settings -> settings.put("default-provisioner", "kubernetes"));
    }

    @AfterAll
    void close() {
        if (server != null) {
            server.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> theClientPrintsWhatItDid() {
        return Transcript.in(ConformanceIT.FILES.resolve("cli")).stream()
                .map(transcript -> DynamicTest.dynamicTest(transcript.name(), () -> type(transcript)));
    }

    private void type(Transcript transcript) throws IOException, InterruptedException {
        assertThat(HAVE).as("what the server has").containsAll(transcript.needs());
        TestServer here = Objects.requireNonNull(server);
        Map<String, JsonNode> values = new HashMap<>();
        values.put("base", TextNode.valueOf(here.api().toString()));
        values.put("admin_email", TextNode.valueOf(here.adminEmail()));
        values.put("admin_password", TextNode.valueOf(here.adminPassword()));
        Set<String> homes = new HashSet<>();
        List<String> complaints = new ArrayList<>();
        for (Step step : transcript.steps()) {
            Variables variables = new Variables(values);
            Path home = home(transcript, step.home(), homes);
            Said got = client(
                    home,
                    variables.in(step.env()),
                    variables.in(step.stdin()),
                    step.args().stream().map(variables::in).toList());
            step.save().forEach((name, pattern) -> {
                Matcher found = Pattern.compile(variables.in(pattern), Pattern.MULTILINE)
                        .matcher(got.stdout());
                if (found.find()) {
                    values.put(name, TextNode.valueOf(found.group(1)));
                }
            });
            complain(complaints, transcript, step, variables, got);
        }
        if (!complaints.isEmpty()) {
            fail(String.join("\n", complaints));
        }
    }

    private void complain(List<String> complaints, Transcript transcript, Step step, Variables variables, Said got) {
        String key = transcript.name() + "/" + step.id();
        List<String> found =
                Terminal.differences(step.compare(), transcript.mask(), filled(variables, step.recorded()), got);
        ClientDifference difference = differences.get(key);
        if (difference != null && found.isEmpty()) {
            complaints.add(key + " is as recorded, but listed as a difference");
            return;
        }
        if (difference != null) {
            found = Terminal.differences(step.compare(), transcript.mask(), filled(variables, difference.ours()), got);
        }
        if (!found.isEmpty()) {
            complaints.add(key + " (" + String.join(" ", step.args()) + "):\n    " + String.join("\n    ", found));
        }
    }

    private static Said filled(Variables variables, Said said) {
        return new Said(said.exit(), variables.in(said.stdout()), variables.in(said.stderr()));
    }

    /** Everybody has a target; the administrator is logged in too. */
    private Path home(Transcript transcript, String name, Set<String> made) throws IOException, InterruptedException {
        Path home = folder.resolve(transcript.name() + "-" + name);
        if (made.add(name)) {
            Files.createDirectories(home);
            TestServer here = Objects.requireNonNull(server);
            if (!name.equals("empty")) {
                client(
                        home,
                        Map.of(),
                        "",
                        List.of("target", "add", "conformance", here.api().toString(), "-s"));
            }
            if (name.equals("admin")) {
                Said login = client(home, Map.of(), here.adminPassword() + "\n", List.of("login", here.adminEmail()));
                assertThat(login.exit()).as(login.stderr()).isZero();
            }
        }
        return home;
    }

    private Said client(Path home, Map<String, String> more, String stdin, List<String> args)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(CLIENT));
        command.addAll(args);
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(Files.createDirectories(folder.resolve("work")).toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(Set.of("PATH"));
        environment.putAll(Map.of("HOME", home.toString(), "TERM", "dumb", "NO_COLOR", "1", "TZ", "UTC"));
        environment.putAll(Map.of("LANG", "C.UTF-8", "TSURU_CLIENT_FORCE_CHECK_UPDATES", "false"));
        environment.putAll(more);
        Process client = builder.start();
        try (OutputStream answers = client.getOutputStream()) {
            answers.write(stdin.getBytes(UTF_8));
        } catch (IOException askedNothing) {
            // It ended without reading them.
        }
        if (!client.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
            client.destroyForcibly();
            return fail("\"" + String.join(" ", args) + "\" took more than " + LONGEST_SECONDS + " s");
        }
        return new Said(client.exitValue(), Files.readString(out), Files.readString(err));
    }
}
