package io.orizuru.event;

import io.orizuru.config.InvalidSettings;
import io.orizuru.config.SettingsReader;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;

/** Who a server would be whose data are in a directory. */
public final class TestIdentity {
    private TestIdentity() {}

    public static ServerIdentity in(Path data) throws InvalidSettings {
        return new ServerIdentity(
                SettingsReader.read(List.of("--data", data.toString()), Map.of(), data, false), new SecureRandom());
    }
}
