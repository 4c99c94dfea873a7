package io.orizuru;

import io.orizuru.app.AppFailPoints;
import io.orizuru.deploy.DeployFailPoints;
import io.orizuru.event.EventFailPoints;
import io.orizuru.failpoint.FailPoints;
import io.orizuru.provision.ConvergeFailPoints;
import io.orizuru.provision.process.ProcessFailPoints;
import io.orizuru.service.ServiceFailPoints;
import java.util.List;

/** All fail points of the program. {@code FailPointListTest} sees to it that no room is missing. */
final class FailPointList {
    static final List<FailPoints> ROOMS = List.of(
            EventFailPoints.ALL,
            DeployFailPoints.ALL,
            AppFailPoints.ALL,
            ConvergeFailPoints.ALL,
            ProcessFailPoints.ALL,
            ServiceFailPoints.ALL);

    private FailPointList() {}

    /** A line each: the name, and where it is. */
    static List<String> lines() {
        return ROOMS.stream()
                .flatMap(room -> room.all().stream())
                .map(point -> point.name() + "\t" + point.where())
                .toList();
    }
}
