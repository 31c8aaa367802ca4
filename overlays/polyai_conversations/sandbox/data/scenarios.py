"""The scenarios of the generated conversations, and the values of their placeholders."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from .scenario import Exchange, Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACEHOLDER_VALUES: Final[Mapping[str, tuple[str | int, ...]]] = MappingProxyType(
    {
        "full_name": ("Ana Ruiz", "Grace Okafor", "Leo Martin", "Priya Shah", "Zoë Müller"),
        "card_number": ("4000002500003155", "4000056655665556", "5200828282828210"),
        "address": ("14 Mill Lane, York", "220 Pine Street, Albany", "9 Harbour Road, Bristol"),
        "party_size": (2, 3, 4, 6, 8),
        "time": ("18:30", "19:00", "20:15", "21:00"),
        "date": ("4 June", "11 June", "2 July", "19 July"),
        "order_number": ("A-20417", "B-77130", "C-55902", "D-18846"),
        "reference": ("H4K2Q9", "R7T1ZB", "M3X8WD"),
        "amount": ("£42.10", "£67.85", "£118.00"),
    }
)
"""Possible values of every placeholder except `phone_number`, which each conversation generates."""


RESTAURANT = Scenario(
    heading="Table booked",
    content="A table for {party_size} on {date} at {time}, with a high chair.",
    exchanges=(
        Exchange("", "Good evening, Olive Grove. How can I help?"),
        Exchange(
            "A table for {party_size} on {date}, please.",
            "Certainly. At what time would you like to come?",
            ("book_table",),
        ),
        Exchange("At {time}.", "{time} is free. Under what name?", ("give_time",)),
        Exchange("{full_name}.", "Thank you, {full_name}. And a number?", ("give_name",)),
        Exchange(
            "It is {phone_number}.",
            "Got it. Anything else for the table?",
            ("give_phone",),
            keypad="{phone_number}",
        ),
        Exchange("A high chair, please.", "Noted. See you on {date}!", ("special_request",)),
    ),
    handoff_destination="front-desk",
    handoff_reason="caller asked for a person",
    tags=("booking", "new-guest"),
    flows=("greeting", "booking", "contact_details"),
    functions=("check_availability", "create_booking"),
)

HOTEL = Scenario(
    heading="Reservation moved",
    content="Reservation {reference} now begins on {date}; breakfast was added.",
    exchanges=(
        Exchange("", "Harbour Hotel, good morning. What can I do for you?"),
        Exchange(
            "I need to move my reservation, {reference}.",
            "Let me look. Which name is it under?",
            ("change_reservation",),
        ),
        Exchange("{full_name}.", "Found it. What is the new date?", ("give_name",)),
        Exchange(
            "From {date}, two nights.",
            "That works, at the same price. Shall I change it?",
            ("give_date",),
        ),
        Exchange("Do you like jazz?", "I am better at rooms. Shall I change it?", is_ood=True),
        Exchange("Yes, and add breakfast.", "Done. A confirmation is on its way.", ("confirm",)),
    ),
    handoff_destination="reservations",
    handoff_reason="rate rules need a person",
    tags=("reservation", "change"),
    flows=("greeting", "find_reservation", "change_dates"),
    functions=("find_reservation", "change_reservation"),
)

BANK_CARD = Scenario(
    heading="Lost card blocked",
    content="The caller's card was blocked, and a new one is on its way.",
    exchanges=(
        Exchange("", "Northbank, how can I help you today?"),
        Exchange("I have lost my card.", "I am sorry. May I have your name?", ("card_lost",)),
        Exchange("{full_name}.", "Thank you. Please give me the card number.", ("give_name",)),
        Exchange(
            "{card_number}.",
            "Thank you. That card is blocked now. Where shall the new one go?",
            ("give_card_number",),
            keypad="{card_number}",
        ),
        Exchange(
            "To {address}.",
            "So to {address}. It takes three days.",
            ("give_address",),
        ),
        Exchange("Thanks, that is all.", "Take care. Goodbye.", ("goodbye",)),
    ),
    handoff_destination="fraud-team",
    handoff_reason="unknown payments on the card",
    tags=("card", "security"),
    flows=("greeting", "identify", "block_card"),
    functions=("verify_caller", "block_card"),
)

DELIVERY = Scenario(
    heading="Parcel found",
    content="Order {order_number} arrives on {date}; a safe place was agreed.",
    exchanges=(
        Exchange("", "Swift Parcels, this is the assistant. What is it about?"),
        Exchange(
            "Where is my order {order_number}?",
            "One moment. It is at the depot and comes on {date}.",
            ("track_order",),
        ),
        Exchange("I will not be home.", "Shall we leave it in a safe place?", ("not_home",)),
        Exchange("Yes, {address}, the porch.", "The porch it is.", ("give_address",)),
        Exchange("Great, bye.", "Goodbye!", ("goodbye",)),
    ),
    handoff_destination="depot",
    handoff_reason="parcel is damaged",
    tags=("delivery", "tracking"),
    flows=("greeting", "track", "safe_place"),
    functions=("find_order",),
)

UTILITY_BILL = Scenario(
    heading="Bill explained and paid",
    content="The bill of {amount} was explained and paid by card.",
    exchanges=(
        Exchange("", "Clearwater Energy. Is it about a bill or a fault?"),
        Exchange("My bill is too high.", "I see a bill of {amount}, estimated.", ("dispute_bill",)),
        Exchange(
            "My meter says 4821.",
            "Thank you, that matches. Would you like to pay now?",
            ("give_reading",),
            keypad="4821",
        ),
        Exchange(
            "Yes, with {card_number}.",
            "Paid, thank you. A receipt goes to your phone.",
            ("pay_bill", "give_card_number"),
            keypad="{card_number}",
        ),
        Exchange("To {phone_number}?", "Yes, that one. Goodbye.", ("confirm",)),
    ),
    handoff_destination="billing",
    handoff_reason="payment plan needs a person",
    tags=("billing", "payment"),
    flows=("greeting", "bill", "meter_reading", "payment"),
    functions=("find_bill", "take_payment"),
)

APPOINTMENT = Scenario(
    heading="Appointment confirmed",
    content="The check-up was moved to {date} at {time}.",
    exchanges=(
        Exchange("", "Hello, Park Dental here about your check-up. Is it a good time?"),
        Exchange("Yes. I am {full_name}.", "Thank you. Does {date} suit you?", ("give_name",)),
        Exchange("Is {time} free?", "It is. Shall I put you down for {time}?", ("give_time",)),
        Exchange("Yes, please.", "Done. See you then, {full_name}.", ("confirm",)),
    ),
    handoff_destination="reception",
    handoff_reason="medical question",
    tags=("appointment", "reminder"),
    flows=("reminder", "reschedule"),
    functions=("move_appointment",),
    direction="outbound",
)

OPENING_HOURS = Scenario(
    heading="Opening hours given",
    content="The caller asked when the shop opens on {date}.",
    exchanges=(
        Exchange("", "Fern & Sons, the garden shop. How can I help?"),
        Exchange("When do you open on {date}?", "From nine to five that day.", ("ask_hours",)),
        Exchange("And is there parking?", "Yes, behind the shop, for free.", ("ask_parking",)),
        Exchange("Perfect, thank you.", "See you soon. Goodbye.", ("goodbye",)),
    ),
    handoff_destination="shop-floor",
    handoff_reason="question on stock",
    tags=("faq",),
    flows=("greeting", "faq"),
)

SPANISH_RESTAURANT = Scenario(
    heading="Table booked in Spanish",
    content="A table for {party_size} at {time} on the terrace of Casa Limón.",
    exchanges=(
        Exchange(
            "",
            "Buenas tardes, Casa Limón. ¿En qué puedo ayudarle?",
            agent_english="Good afternoon, Casa Limón. How can I help you?",
        ),
        Exchange(
            "Quería una mesa para {party_size}.",
            "Muy bien. ¿A qué hora?",
            ("book_table",),
            user_english="I would like a table for {party_size}.",
            agent_english="Very well. At what time?",
        ),
        Exchange(
            "A las {time}, en la terraza.",
            "Perfecto. ¿A qué nombre?",
            ("give_time", "special_request"),
            user_english="At {time}, on the terrace.",
            agent_english="Perfect. Under what name?",
        ),
        Exchange(
            "{full_name}.",
            "Gracias, {full_name}. ¡Hasta luego!",
            ("give_name",),
            user_english="{full_name}.",
            agent_english="Thank you, {full_name}. See you soon!",
        ),
    ),
    handoff_destination="recepción",
    handoff_reason="caller asked for a person",
    tags=("booking", "spanish"),
    flows=("greeting", "booking"),
    functions=("check_availability", "create_booking"),
    languages=("es-ES",),
    handoff=Exchange(
        "Prefiero hablar con una persona.",
        "Por supuesto, le paso ahora mismo.",
        ("speak_to_person",),
        user_english="I would rather speak to a person.",
        agent_english="Of course, I am putting you through now.",
    ),
    silence=Exchange(
        "",
        "Perdone, no le he oído. ¿Sigue ahí?",
        agent_english="Sorry, I did not hear you. Are you still there?",
    ),
)

SCENARIOS: Final = (
    RESTAURANT,
    HOTEL,
    BANK_CARD,
    DELIVERY,
    UTILITY_BILL,
    APPOINTMENT,
    OPENING_HOURS,
    SPANISH_RESTAURANT,
)
