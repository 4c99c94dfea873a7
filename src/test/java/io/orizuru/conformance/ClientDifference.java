package io.orizuru.conformance;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.orizuru.conformance.Transcript.Said;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A command line that ends or prints otherwise than recorded, on purpose: the recorded requests of the older reference, or
 * what is right, contradict it.
 *
 * @param step {@code transcript/step}
 * @param ours how it ends and what it prints instead, compared by the step's own rules
 */
record ClientDifference(String step, String reason, Said ours) {
    ClientDifference {
        if (reason.isBlank()) {
            throw new IllegalArgumentException("the difference of " + step + " has no reason");
        }
    }

    /**
     * Reads a file of differences, by their steps.
     *
     * @throws IllegalStateException if a step stands there twice
     */
    static Map<String, ClientDifference> read(Path file) throws IOException {
        List<ClientDifference> all =
                new YAMLMapper().readerForListOf(ClientDifference.class).readValue(Files.readAllBytes(file));
        return all.stream().collect(Collectors.toUnmodifiableMap(ClientDifference::step, Function.identity()));
    }
}
