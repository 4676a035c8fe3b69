/** All words of the pages: one pair of files for the frame, one pair for each room. */

import baseEn from "./en.json";
import baseKo from "./ko.json";
import roomsEn from "./rooms/rooms.en.json";
import roomsKo from "./rooms/rooms.ko.json";
import planEn from "./rooms/plan.en.json";
import planKo from "./rooms/plan.ko.json";
import promisesEn from "./rooms/promises.en.json";
import promisesKo from "./rooms/promises.ko.json";
import investmentEn from "./rooms/investment.en.json";
import investmentKo from "./rooms/investment.ko.json";
import committeesEn from "./rooms/committees.en.json";
import committeesKo from "./rooms/committees.ko.json";
import allianceEn from "./rooms/alliance.en.json";
import allianceKo from "./rooms/alliance.ko.json";
import studiesEn from "./rooms/studies.en.json";
import studiesKo from "./rooms/studies.ko.json";
import labEn from "./rooms/lab.en.json";
import labKo from "./rooms/lab.ko.json";
import clustersEn from "./rooms/clusters.en.json";
import clustersKo from "./rooms/clusters.ko.json";
import rulesEn from "./rooms/rules.en.json";
import rulesKo from "./rooms/rules.ko.json";
import procedureEn from "./rooms/procedure.en.json";
import procedureKo from "./rooms/procedure.ko.json";
import twinEn from "./rooms/twin.en.json";
import twinKo from "./rooms/twin.ko.json";

export const ko = { ...baseKo, ...roomsKo, ...planKo, ...promisesKo, ...investmentKo, ...committeesKo, ...allianceKo, ...studiesKo, ...labKo, ...clustersKo, ...procedureKo, ...rulesKo, ...twinKo };
export const en = { ...baseEn, ...roomsEn, ...planEn, ...promisesEn, ...investmentEn, ...committeesEn, ...allianceEn, ...studiesEn, ...labEn, ...clustersEn, ...procedureEn, ...rulesEn, ...twinEn };
