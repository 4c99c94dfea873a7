package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What shell somebody asks for.
 *
 * @param unit the id of a unit, or how only one of them begins; any that runs when empty
 * @param containerId the same, as older clients write it
 * @param isolated in a unit made for it alone
 * @param width of the window, in columns; 80 when there is none
 * @param height of the window, in rows; 24 when there is none
 * @param term the kind of terminal
 */
record ShellRequest(
        String unit,
        @JsonProperty("container_id") String containerId,
        boolean isolated,
        int width,
        int height,
        String term) {}
