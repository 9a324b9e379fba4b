/** A campaign file to be filled in. What is empty is listed by `posrig certify --check` until it is not. */
export const campaignTemplate = (id: string): string => `version: 1
# What the certification report says beside the results. Leave empty what you do not know yet:
#   posrig certify --check <this file>     lists what ISO/IEC 17025:2017, 7.8 still asks for
# An empty list is a statement: "deviations: []" says that there were none.
campaign: ${id}
title: { en: , zh: }            # of the report; empty: "Test report"

report:
  number:                       # your own number; stands on every page
  issue: 1                      # one more for every amendment, with what follows filled in
  date:                         # day of issue, e.g. 2026-11-22
  # replaces: { number: R-2026-017, issue: 1, date: 2026-11-02, why: "the serial number of unit 2 was wrong" }
  # changes: ["item: serial number of unit 2"]

laboratory:
  name:
  address:
  contact:
  accreditation:                # body, number, scope; or "none"
customer:
  name:
  address:
  contact:
place:                          # where the work was done: the laboratory's address, elsewhere, or remotely

item:                           # the device under test
  description:                  # e.g. attended countertop POS terminal
  make:
  model:
  hardware:                     # hardware revision
  serials:                      # of every unit tested
  firmware:
  application:                  # payment application and its version
  terminal-type:                # EMV tag 9F35 and capabilities, if they matter
  kernels:                      # [] for none; - { name: contact EMV, version: 4.3k, checksum: 9A0C21FF }
  parameters:                   # [] for none; - { name: acquirer.par, sha256: 64 hexadecimal digits }
  approvals: []                 # - { scheme: PCI PTS, number: 4-12345, expires: 2030-04-30 }
  condition:                    # in which it was received
  photos: []                    # - { file: photos/front.jpg, caption: Front }
  received:                     # day
sampling:                       # how the units were picked, and by whom

method:
  plan: full                    # name of a shipped plan, or path of a plan file
  description:                  # specification, edition and test plan that the work followed

equipment:                      # calibrated and due, or why it needs no calibration
  # - { id: E-014, name: Timer, model: , serial: , calibrated: 2026-03-01, due: 2027-03-01 }
  # - { id: E-020, name: Keypad robot, no-calibration: "every press is verified on the screen of the terminal" }
environment:
  temperature:                  # e.g. 23 °C ± 2 °C
  humidity:
  network:                      # path to the acquirer
  host:                         # acquirer or simulator that answered
  notes:
decision-rule:
  logic: simple-acceptance      # texts, codes and money are as expected, or not
  timing: guard-band            # a time within its uncertainty of the limit is inconclusive
  agreed:                       # day on which the customer agreed to it

deviations:                     # - { what: , why: , effect: }; [] when there were none
customer-data:                  # what the customer supplied and you did not check; [] for nothing
external-results:               # - { what: , provider: }; [] when there are none
opinions: []                    # - { text: , by: , basis: }

operators:                      # - { name: , role: }
signatories:                    # - { name: , role: , meaning: reviewed and authorised, date: 2026-11-22 }
`;
