package io.orizuru.service;

import io.orizuru.event.Change;

/**
 * A request that changes something is passed on to a service.
 *
 * @param instance whose it is; empty for the service itself
 * @param path and query, as the service gets them
 * @param contentType of the body; empty for none
 */
record Passing(String service, String instance, String method, String path, String contentType, byte[] body)
        implements Change {}
