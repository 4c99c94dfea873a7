package io.orizuru.app;

import io.orizuru.event.Data;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A change of an app's release, not made yet.
 *
 * @param data what its event keeps
 * @param keepUnits whether units that run are left as they are
 * @param change makes the next release of the current one; runs in the accepting transaction, under the app's lock
 * @param messages what the event's log begins with; read after {@code change} has run
 */
record Proposal(Data data, boolean keepUnits, UnaryOperator<Release> change, List<String> messages) {}
