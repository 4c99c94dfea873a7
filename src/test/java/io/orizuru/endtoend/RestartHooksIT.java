package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The {@code restart:after} hooks of an app, from a deploy to what its visitors see. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class RestartHooksIT {
    private static final String APP = "oven";

    /** Healthy at once, of use to a visitor only when somebody has warmed it. */
    private static final String OVEN = """
            let warm = 'cold';
            require('http').createServer((request, response) => {
              if (request.url === '/heat') warm = 'warm';
              response.end(`VERSION is ${warm}\\n`);
            }).listen(process.env.PORT, '127.0.0.1');
            process.on('SIGTERM', () => process.exit(0));
            """;

    private static final String HEAT =
            "fetch('http://127.0.0.1:' + process.env.PORT + '/heat').then(a => a.text()).then(console.log)";

    private final Installation here;
    private final Tsuru tsuru;

    RestartHooksIT(TestServer server) {
        here = Installation.on(server);
        tsuru = here.tsuru();
        here.create(APP, "nodejs");
    }

    private static Source oven(String version, String hook) {
        return new Source(Map.of(
                "Procfile",
                "web: node server.js\n",
                "package.json",
                "{\"name\": \"oven\", \"version\": \"1.0.0\"}\n",
                "server.js",
                OVEN.replace("VERSION", version),
                "heat.js",
                HEAT,
                "tsuru.yaml",
                "healthcheck: {path: /}\nhooks:\n  restart:\n    after:\n      - node heat.js\n      - " + hook
                        + "\n"));
    }

    @Test
    void hooksRunBeforeAnyVisitorComesAndOneThatFailsWithdrawsTheRelease() {
        Reply first = tsuru.deploy(APP, oven("one", "true").archive());
        assertThat(first.body())
                .contains("Running restart:after hook \"node heat.js\" in unit", "one is warm", "hook \"true\"")
                .endsWith("\nOK\n");
        assertThat(here.visitor(APP).page()).isEqualTo("one is warm\n");

        Reply failed = tsuru.deploy(APP, oven("two", "exit 3").archive());
        assertThat(failed.body())
                .contains("two is warm", "restart:after hook \"exit 3\" exited with 3", "ERROR during deploy")
                .doesNotEndWith("\nOK\n");
        assertThat(here.visitor(APP).page()).isEqualTo("one is warm\n");
        assertThat(here.units(APP)).hasSize(1);

        // The hooks are of the release: units that come later are warmed as well.
        Reply restarted = tsuru.post("/1.0/apps/" + APP + "/restart");
        assertThat(restarted.error()).as(restarted.body()).isEmpty();
        assertThat(here.visitor(APP).page()).isEqualTo("one is warm\n");
    }
}
