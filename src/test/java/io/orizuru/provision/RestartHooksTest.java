package io.orizuru.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.event.Run;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RestartHooksTest {
    private static final UnitRecord UNIT =
            new UnitRecord("blog-web-1", "blog", "web", 1, 1, 1, 1, "process", null, null, false, false, false, null);

    private final List<String> log = new ArrayList<>();
    private final Map<String, Integer> codes = Map.of("good", 0, "bad", 3);
    private boolean cancelled;

    /** Only what hooks use; anything else fails the test. */
    private final Run run = played(Run.class, (method, arguments) -> switch (method) {
        case "line" -> log.add(String.valueOf(arguments[0]));
        case "log" -> log.add(String.valueOf(arguments[0]).stripTrailing());
        case "check" -> {
            if (cancelled) {
                throw new IllegalStateException("cancelled");
            }
            yield true;
        }
        default -> throw new AssertionError(method);
    });

    private final Engine engine = played(Engine.class, (method, arguments) -> {
        assertThat(method).isEqualTo("execute");
        assertThat(List.of(arguments[0], arguments[1])).containsExactly(UNIT.app(), UNIT.id());
        String command = String.valueOf(arguments[2]);
        ((Output) arguments[3]).line("printed by " + command);
        ((Checkpoint) arguments[4]).check();
        Integer code = codes.get(command);
        if (code == null) {
            throw new ExecutionFailed("the unit is gone");
        }
        return code;
    });

    private interface Play {
        Object answer(String method, Object[] arguments);
    }

    private static <T> T played(Class<T> type, Play play) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    Object answer = play.answer(method.getName(), arguments == null ? new Object[0] : arguments);
                    return method.getReturnType() == void.class ? null : answer;
                }));
    }

    private String problem(String... hooks) {
        AppManifest manifest = new AppManifest(List.of(), List.of("before"), List.of(hooks), null);
        return RestartHooks.after(run, engine, UNIT, manifest).orElse("");
    }

    @Test
    void hooksRunInOrderAndWhatTheyPrintIsIndented() {
        assertThat(problem("good", "good")).isEmpty();
        assertThat(log)
                .containsExactly(
                        " ---> Running restart:after hook \"good\" in unit blog-web-1",
                        "    printed by good",
                        " ---> Running restart:after hook \"good\" in unit blog-web-1",
                        "    printed by good");
    }

    @Test
    void aFailingHookIsTheLastOneAndTellsItsCode() {
        assertThat(problem("bad", "good")).isEqualTo("the restart:after hook \"bad\" exited with 3");
        assertThat(log).hasSize(2);
    }

    @Test
    void aHookThatCouldNotEndByItselfTellsWhy() {
        assertThat(problem("lost")).isEqualTo("the restart:after hook \"lost\" failed: the unit is gone");
    }

    @Test
    void cancellingGoesThrough() {
        cancelled = true;
        assertThatThrownBy(() -> problem("good")).hasMessage("cancelled");
    }
}
