package io.orizuru.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.failure.Failure;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BodyTest {
    private static final BodyRule RULE = new BodyRule(64 << 10, List.of());

    private final TextMemory memory = new TextMemory();

    /** What an operation takes. */
    record Input(
            @Nullable String name,
            int count,
            @Nullable List<String> tags,
            @Nullable Map<String, String> labels) {}

    @AfterEach
    void allMemoryComesBack() {
        memory.release();
        assertThat(InputMemory.UNFOLDED.free()).isEqualTo(48 << 20);
    }

    private Body json(String text) {
        return body(Body.Kind.JSON, text, "");
    }

    private Body body(Body.Kind kind, String text, String query) {
        return new Body(RULE, () -> Body.Content.of(kind, text.getBytes(UTF_8)), query, memory, "192.0.2.1");
    }

    @Test
    void nothingIsReadBeforeItIsAskedFor() {
        Body body = new Body(
                RULE,
                () -> {
                    throw Failure.tooLarge("read");
                },
                "",
                memory,
                "192.0.2.1");
        assertThatThrownBy(() -> body.text("x")).hasMessage("read");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "[{}]",
                "\"x\"",
                "1",
                "true",
                "{",
                "[[[[",
                "{}{}",
                "{\"name\": \"\\u0000\"}",
                "{\"\\u0000\": 1}",
                "{\"name\": \"\\ud800\"}",
                "{\"count\": 1e400}",
                "{\"count\": 99999999999}",
                "{\"count\": []}x",
                "{\"tags\": {\"a\": 1}}",
                "{\"name\": {\"a\": 1}}",
                "\u0000",
                "{\"labels\": [1, 2]}"
            })
    void jsonThatIsNoInputIsRefused(String text) {
        assertThatThrownBy(() -> json(text).as(Input.class)).isInstanceOf(Failure.class);
    }

    @Test
    void whatIsMissingIsNothing() {
        assertThat(json("null").as(Input.class)).isEqualTo(new Input(null, 0, null, null));
        assertThat(json("").as(Input.class)).isEqualTo(new Input(null, 0, null, null));
        assertThat(body(Body.Kind.NONE, "", "name=a&tags=x&tags=y").as(Input.class))
                .isEqualTo(new Input("a", 0, List.of("x", "y"), null));
    }

    @Test
    void nullInAListIsNoMember() {
        assertThat(json("{\"tags\": [null, \"x\", null]}").as(Input.class))
                .isEqualTo(new Input(null, 0, List.of("x"), null));
    }

    @Test
    void moreValuesThanAnInputMayHaveAreRefused() {
        String wide = "{\"tags\": [" + "1,".repeat(5_000) + "1]}";
        assertThatThrownBy(() -> json(wide).as(Input.class)).isInstanceOf(Failure.class);
        assertThatThrownBy(() -> body(Body.Kind.FORM, "a=&".repeat(5_000), "").text("a"))
                .isInstanceOf(Failure.class);
        StringBuilder deep = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            deep.append(i).append(".a.b.c.d.e.f=1&");
        }
        assertThatThrownBy(() -> body(Body.Kind.FORM, deep.toString(), "").text("a"))
                .isInstanceOf(Failure.class);
    }

    @Test
    void memoryIsHeldForWhatIsThereAndNoMore() {
        long before = InputMemory.UNFOLDED.free();
        Body body = json("{\"name\": \"a\", \"tags\": [\"x\"]}");
        body.as(Input.class);
        assertThat(before - InputMemory.UNFOLDED.free()).isBetween(1_000L, 10_000L);
        memory.release();
        assertThat(InputMemory.UNFOLDED.free()).isEqualTo(before);
    }
}
