package io.orizuru;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.orizuru.failpoint.FailPoint;
import io.orizuru.failpoint.FailPoints;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailPointListTest {
    @Test
    void everyRoomThatDeclaresFailPointsIsInTheList() throws ReflectiveOperationException {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.orizuru");
        List<Object> declared = new java.util.ArrayList<>();
        for (var type : classes) {
            for (var field : type.getFields()) {
                if (field.getModifiers().contains(JavaModifier.STATIC)
                        && field.getRawType().isEquivalentTo(FailPoints.class)) {
                    declared.add(field.reflect().get(null));
                }
            }
        }
        assertThat(declared).isNotEmpty();
        assertThat(FailPointList.ROOMS.stream().map(Object.class::cast)).containsExactlyInAnyOrderElementsOf(declared);
    }

    @Test
    void everyFailPointHasANameOfItsOwn() {
        List<String> names = FailPointList.ROOMS.stream()
                .flatMap(room -> room.all().stream())
                .map(FailPoint::name)
                .toList();
        assertThat(names).doesNotHaveDuplicates().allMatch(name -> name.matches("[a-z]+(\\.[a-z-]+)"));
    }
}
