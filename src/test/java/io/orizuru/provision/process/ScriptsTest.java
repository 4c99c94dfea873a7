package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScriptsTest {
    @Test
    void aUnitSetsItsVariablesRunsItsHooksAndBecomesItsProcess() {
        String script = Scripts.unit(
                Map.of("B", "it's\n$HOME", "A", "1"), "/home/application/current", List.of("echo 'hi'"), "web --it's");
        assertThat(script).isEqualTo("""
                export A='1'
                export B='it'\\''s
                $HOME'
                cd '/home/application/current' || exit 125
                /bin/sh -c 'echo '\\''hi'\\''' 3>&- </dev/null || { code=$?; echo "0 $code" >&3; exit "$code"; }
                exec 3>&-
                exec /bin/sh -c 'web --it'\\''s'
                """);
    }

    @Test
    void aShellTakesItsTerminalAndSignalsAsTheyUsuallyAre() {
        assertThat(Scripts.shell(Map.of("A", "it's"), "/w", "xterm")).isEqualTo("""
                umask 022
                export A='it'\\''s'
                cd '/w' || exit 125
                export TERM='xterm'
                SHELL=/bin/sh
                [ ! -x /bin/bash ] || SHELL=/bin/bash
                export SHELL
                exec /usr/bin/env --default-signal /usr/bin/setsid --ctty "$SHELL" <&3 3>&-
                """);
    }

    @Test
    void aBuildTellsEachStepAndStopsAtTheFirstFailure() {
        assertThat(Scripts.build(
                        Map.of("odd-name", "x"),
                        "/w",
                        List.of(new BuildStep("First", "one"), new BuildStep("Second", "two"))))
                .isEqualTo("""
                        echo 'The variable "odd-name" is not set: the shell knows only names of letters, digits and _, no digit first.'
                        cd '/w' || exit 125
                        echo '---- First ----'
                        /bin/sh -c 'one' 3>&- </dev/null || { code=$?; echo "0 $code" >&3; exit "$code"; }
                        echo '---- Second ----'
                        /bin/sh -c 'two' 3>&- </dev/null || { code=$?; echo "1 $code" >&3; exit "$code"; }
                        """);
    }
}
