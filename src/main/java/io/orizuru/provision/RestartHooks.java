package io.orizuru.provision;

import io.orizuru.event.Run;
import java.util.Optional;

/** The hooks of a {@code tsuru.yaml} that run in a unit which serves already. */
final class RestartHooks {
    private RestartHooks() {}

    /**
     * Runs the {@code restart:after} hooks, in order, before any request reaches the unit; the first one that fails is the
     * last one. At least once: the unit is on record as healthy only after them, so whoever takes over before that begins
     * with the first one again.
     *
     * @return what is wrong, for people; empty when all went well
     */
    static Optional<String> after(Run run, Engine engine, UnitRecord unit, AppManifest manifest) {
        for (String hook : manifest.restartAfter()) {
            String name = "restart:after hook \"" + hook + "\"";
            run.line(" ---> Running " + name + " in unit " + unit.id());
            try {
                int code =
                        engine.execute(unit.app(), unit.id(), hook, line -> run.log("    " + line + "\n"), run::check);
                if (code != 0) {
                    return Optional.of("the " + name + " exited with " + code);
                }
            } catch (ExecutionFailed e) {
                return Optional.of("the " + name + " failed: " + e.getMessage());
            }
        }
        return Optional.empty();
    }
}
