package io.orizuru.access;

import java.util.List;

/** Something that permissions can be granted on: it knows the contexts in which it is found. */
public interface Scoped {
    /** Its contexts; the global one need not be among them. */
    List<Context> contexts();
}
