package io.orizuru.event;

import java.util.List;

/**
 * What an accepted operation leaves to do.
 *
 * @param messages what its log begins with
 */
public record Accepted(Change change, List<String> messages) {
    public Accepted {
        messages = List.copyOf(messages);
    }
}
