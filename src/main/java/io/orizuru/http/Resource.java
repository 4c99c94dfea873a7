package io.orizuru.http;

/** Marks the classes whose methods are operations of the API, so that they can be listed. */
public interface Resource {}
