// A HIT's whole life through the JavaScript SDK. What the workers do is done by the test that
// runs this: each line written names what happened, and the HIT stays until they are ready.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import {
  ApproveAssignmentCommand,
  AssociateQualificationWithWorkerCommand,
  CreateAdditionalAssignmentsForHITCommand,
  CreateHITTypeCommand,
  CreateHITWithHITTypeCommand,
  CreateQualificationTypeCommand,
  DeleteHITCommand,
  GetAccountBalanceCommand,
  GetAssignmentCommand,
  GetHITCommand,
  GetQualificationScoreCommand,
  ListAssignmentsForHITCommand,
  ListBonusPaymentsCommand,
  ListWorkersWithQualificationTypeCommand,
  MTurkClient,
  RejectAssignmentCommand,
  SendBonusCommand,
  UpdateExpirationForHITCommand,
  paginateListHITs,
} from "@aws-sdk/client-mturk";

const QUESTION =
  '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd">' +
  "<HTMLContent><![CDATA[<!DOCTYPE html><p>Größe – 大きさ</p>]]></HTMLContent>" +
  "<FrameHeight>450</FrameHeight></HTMLQuestion>";
const UNKNOWN = "3" + "A".repeat(29);

const market = new MTurkClient({ endpoint: process.argv[2], region: "us-east-1" });
const call = (Command, parameters = {}) => market.send(new Command(parameters));

/** Tell the test of a step. */
function tell(event) {
  process.stdout.write(JSON.stringify(event) + "\n");
}

/** Expect a call to be refused with this error, as a class of the SDK's or by its name. */
async function refused(promise, name, code) {
  const error = await promise.then(
    () => assert.fail(`nothing was refused, expected ${name}`),
    (error) => error,
  );
  assert.equal(error.name, name);
  assert.equal(error.TurkErrorCode, code);
  assert.equal(error.$fault, "client");
  assert.equal(error.$metadata.httpStatusCode, 400);
  assert.match(error.message || error.Message, /\S/);
}

/** Ask until the HIT has as many assignments. */
async function poll(HITId, number) {
  for (;;) {
    const page = await call(ListAssignmentsForHITCommand, { HITId, MaxResults: 100 });
    assert.equal(page.NumResults, page.Assignments.length);
    if (page.NumResults === number) return page.Assignments;
    await sleep(50);
  }
}

// Publish.
const before = await call(GetAccountBalanceCommand);
const { QualificationType } = await call(CreateQualificationTypeCommand, {
  Name: "Careful readers",
  Description: "Those whose work was good",
  QualificationTypeStatus: "Active",
});
const { QualificationTypeId } = QualificationType;
assert.ok(QualificationType.CreationTime instanceof Date);
const properties = {
  Title: "Label a sentence",
  Description: "Say what it is about",
  Reward: "0.10",
  AssignmentDurationInSeconds: 600,
  AutoApprovalDelayInSeconds: 86400,
  QualificationRequirements: [{ QualificationTypeId, Comparator: "DoesNotExist" }],
};
const { HITTypeId } = await call(CreateHITTypeCommand, properties);
assert.equal((await call(CreateHITTypeCommand, properties)).HITTypeId, HITTypeId);
const wanted = {
  HITTypeId,
  LifetimeInSeconds: 3600,
  MaxAssignments: 1,
  Question: QUESTION,
  RequesterAnnotation: "row 1",
  UniqueRequestToken: "row-1",
};
const { HIT } = await call(CreateHITWithHITTypeCommand, wanted);
const { HITId } = HIT;
assert.equal(HIT.HITStatus, "Assignable");
assert.equal(HIT.Question, QUESTION);
assert.equal(HIT.Expiration - HIT.CreationTime, 3_600_000);
await refused(
  call(CreateHITWithHITTypeCommand, wanted),
  "RequestError",
  "AWS.MechanicalTurk.HITAlreadyExists",
);
await refused(
  call(CreateHITWithHITTypeCommand, { ...wanted, UniqueRequestToken: "row-2", Question: QUESTION.replace("–", "😀") }),
  "ParameterValidationError",
  "AWS.MechanicalTurk.InvalidParameterValue",
);
await call(CreateAdditionalAssignmentsForHITCommand, { HITId, NumberOfAdditionalAssignments: 2 });
const seen = [];
for await (const page of paginateListHITs({ client: market, pageSize: 1 }, {})) {
  seen.push(...page.HITs.map((each) => each.HITId));
}
assert.deepEqual(seen, [HITId]);
tell({ published: HITId });

// Collect.
const work = await poll(HITId, 3);
const [good, bad, late] = work.toSorted((a, b) => (a.Answer < b.Answer ? -1 : 1));
assert.match(good.Answer, /<QuestionIdentifier>label<\/QuestionIdentifier>\s*<FreeText>1 good<\/FreeText>/);
assert.ok(good.SubmitTime >= good.AcceptTime);
assert.equal((await call(GetAssignmentCommand, { AssignmentId: bad.AssignmentId })).HIT.HITId, HITId);

// Decide.
const decision = { AssignmentId: good.AssignmentId, RequesterFeedback: "Thank you" };
await call(ApproveAssignmentCommand, decision);
await refused(
  call(ApproveAssignmentCommand, decision),
  "RequestError",
  "AWS.MechanicalTurk.InvalidAssignmentState",
);
const bonus = {
  WorkerId: good.WorkerId,
  AssignmentId: good.AssignmentId,
  BonusAmount: "0.25",
  Reason: "Very careful",
  UniqueRequestToken: "bonus-1",
};
await call(SendBonusCommand, bonus);
const { BonusPayments } = await call(ListBonusPaymentsCommand, { HITId });
assert.deepEqual(
  BonusPayments.map((each) => [each.AssignmentId, each.BonusAmount, each.Reason]),
  [[good.AssignmentId, "0.25", "Very careful"]],
);
await call(RejectAssignmentCommand, { AssignmentId: bad.AssignmentId, RequesterFeedback: "Empty" });
await refused(call(DeleteHITCommand, { HITId }), "RequestError", "AWS.MechanicalTurk.InvalidHITState");
await call(ApproveAssignmentCommand, { AssignmentId: late.AssignmentId });

// Qualify.
await call(AssociateQualificationWithWorkerCommand, {
  QualificationTypeId,
  WorkerId: good.WorkerId,
  IntegerValue: 7,
  SendNotification: false,
});
const { Qualification } = await call(GetQualificationScoreCommand, {
  QualificationTypeId,
  WorkerId: good.WorkerId,
});
assert.deepEqual([Qualification.IntegerValue, Qualification.Status], [7, "Granted"]);
const granted = await call(ListWorkersWithQualificationTypeCommand, { QualificationTypeId });
assert.deepEqual(granted.Qualifications.map((each) => each.WorkerId), [good.WorkerId]);
await refused(
  call(GetQualificationScoreCommand, { QualificationTypeId, WorkerId: bad.WorkerId }),
  "RequestError",
  "AWS.MechanicalTurk.QualificationDoesNotExist",
);

// Expire and delete.
await call(UpdateExpirationForHITCommand, { HITId, ExpireAt: new Date(0) });
assert.equal((await call(GetHITCommand, { HITId })).HIT.HITStatus, "Reviewable");
await call(DeleteHITCommand, { HITId });
await refused(call(GetHITCommand, { HITId }), "RequestError", "AWS.MechanicalTurk.HITDoesNotExist");

// Whatever else is answered with an error.
await refused(call(GetHITCommand, { HITId: UNKNOWN }), "RequestError", "AWS.MechanicalTurk.HITDoesNotExist");
await refused(
  call(CreateHITTypeCommand, { ...properties, Title: "x".repeat(129) }),
  "ParameterValidationError",
  "AWS.ParameterOutOfRange",
);
await refused(call(CreateHITTypeCommand, { ...properties, Reward: "$1" }), "ValidationException", undefined);
const foreign = new MTurkClient({
  endpoint: process.argv[2],
  region: "us-east-1",
  credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: "not the secret" },
});
await refused(foreign.send(new GetAccountBalanceCommand({})), "InvalidSignatureException", undefined);

const after = await call(GetAccountBalanceCommand);
tell({ before: before.AvailableBalance, after: after.AvailableBalance });
