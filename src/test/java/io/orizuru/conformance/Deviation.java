package io.orizuru.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A step that is answered otherwise on purpose, because the reference shows a defect there.
 *
 * @param step which one, as the ledger writes it
 * @param reason the defect, and why ours is right
 * @param recorded what the reference said, as the scenario has it
 * @param ours what is said instead, compared by the step's own rules
 */
record Deviation(String step, String reason, Said recorded, Said ours) {
    /**
     * The part of an answer that deviates.
     *
     * @param contentType null where it is as recorded
     * @param body null where the body does not deviate
     */
    record Said(
            int status,
            @Nullable String contentType,
            @Nullable JsonNode body) {}

    Deviation {
        if (reason.isBlank()) {
            throw new IllegalArgumentException("the deviation of " + step + " has no reason");
        }
    }

    /**
     * Reads a file of deviations.
     *
     * @throws IllegalStateException if a step stands there twice
     */
    static Map<StepKey, Deviation> read(Path file) throws IOException {
        YAMLMapper yaml = new YAMLMapper();
        List<Deviation> all = yaml.readerForListOf(Deviation.class).readValue(Files.readAllBytes(file));
        return all.stream().collect(Collectors.toUnmodifiableMap(Deviation::key, Function.identity()));
    }

    StepKey key() {
        return StepKey.parse(step);
    }

    /** Whether what stands here as recorded is what the scenario has. */
    boolean quotes(Answer scenario) {
        return recorded.status == scenario.status() && (recorded.body == null || recorded.body.equals(scenario.body()));
    }

    /** The answer that is expected now: the recorded one, save for what deviates. */
    Answer expected(Answer scenario) {
        Map<String, String> headers = scenario.headers();
        if (ours.contentType != null) {
            headers = new HashMap<>(headers);
            headers.put("content-type", ours.contentType);
        }
        return new Answer(ours.status, headers, ours.body == null ? scenario.body() : ours.body);
    }
}
