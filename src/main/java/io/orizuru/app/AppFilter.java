package io.orizuru.app;

import java.util.List;

/**
 * Which apps are asked for; an empty text or list asks for nothing.
 *
 * @param name a regular expression of RE2, found anywhere in the name
 * @param tags all of them
 * @param statuses of any of its units
 */
record AppFilter(
        String name,
        String platform,
        String teamOwner,
        String owner,
        String pool,
        boolean locked,
        List<String> statuses,
        List<String> tags) {}
